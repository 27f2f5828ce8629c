using System.Buffers.Binary;
using System.Text;
using RQ.Scheduling;
using Shouldly;
using Xunit;

namespace RQ.Tests.Scheduling;

/// <summary>What the files of the time zone database say.</summary>
public sealed class ZoneTests
{
    [Theory]
    [InlineData("CET-1CEST,M3.5.0,M10.5.0/3", "2040-03-25 01:00", 60, 120)]
    [InlineData("CET-1CEST,M3.5.0,M10.5.0/3", "2040-10-28 01:00", 120, 60)]
    [InlineData("IST-1GMT0,M10.5.0,M3.5.0/1", "2040-03-25 01:00", 0, 60)]                 // Dublin: winter is the exception.
    [InlineData("<-04>4<-03>,M9.1.6/24,M4.1.6/24", "2038-09-05 04:00", -240, -180)]       // Santiago: a time of 24:00.
    [InlineData("<-04>4<-03>,M9.1.6/24,M4.1.6/24", "2038-04-04 03:00", -180, -240)]
    [InlineData("<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2038-03-28 01:00", -120, -60)]        // Nuuk: the evening before.
    [InlineData("IST-2IDT,M3.4.4/26,M10.5.0", "2038-03-26 00:00", 120, 180)]              // Jerusalem: the Friday before the last Sunday.
    [InlineData("<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", "2040-10-06 15:30", 630, 660)]    // Lord Howe: half an hour.
    [InlineData("XXX3YYY,J60/0,300/1:30:30", "2040-03-01 03:00", -180, -120)]
    [InlineData("XXX3YYY,J60/0,300/1:30:30", "2040-10-27 03:30:30", -120, -180)]
    public void A_rule_says_when_clocks_change(string rule, string at, int before, int after)
    {
        long instant = Times.At(at).ToUnixTimeSeconds();
        ZoneRule read = ZoneRule.Read(rule).ShouldNotBeNull();
        (read.Offset(instant - 1) / 60, read.Offset(instant) / 60).ShouldBe((before, after));
    }

    [Fact]
    public void A_rule_may_be_one_offset_for_ever()
    {
        ZoneRule.Read("<+0545>-5:45").ShouldNotBeNull().Offset(4_000_000_000).ShouldBe(20_700);
        ZoneRule.Read("CET").ShouldBeNull();
        ZoneRule.Read("CET-1CEST").ShouldBeNull();
    }

    [Fact]
    public void A_file_lists_changes_and_ends_with_a_rule()
    {
        ZoneFile file = ZoneFile.Read(File("<-04>4<-03>,M9.1.6/24,M4.1.6/24\n")).ShouldNotBeNull();
        (file.Offset(-1), file.Offset(0), file.Offset(999), file.Offset(1000)).ShouldBe((-17_000, 3600, 3600, -10_800));
        long september = Times.At("2025-09-07 04:00").ToUnixTimeSeconds();
        (file.Offset(september - 1), file.Offset(september)).ShouldBe((-14_400, -10_800));
        ZoneFile.Read(File("\n")).ShouldNotBeNull().Offset(september).ShouldBe(-10_800);
    }

    [Fact]
    public void What_is_no_such_file_is_not_read()
    {
        byte[] file = File("<-04>4\n");
        ZoneFile.Read("TZif"u8).ShouldBeNull();
        ZoneFile.Read("Time zones of the world"u8).ShouldBeNull();
        for (int length = 0; length < file.Length - 8; length++)
            ZoneFile.Read(file.AsSpan(0, length)).ShouldBeNull();
        ZoneFile.Read(File("a rule of the future\n")).ShouldBeNull();
    }

    // An empty block of the first version, then one with two changes between three offsets.
    private static byte[] File(string footer)
    {
        var file = new MemoryStream();
        int[] offsets = [-17_000, 3600, -10_800];
        Header(0, 1);
        file.Write(new byte[6]);
        Header(2, 3);
        foreach (long change in (long[])[0, 1000])
            Write(change);
        file.Write([1, 2]);
        foreach (int offset in offsets)
        {
            WriteInt(offset);
            file.Write([0, 0]);
        }
        file.Write(Encoding.ASCII.GetBytes("\n" + footer));
        return file.ToArray();

        void Header(int changes, int types)
        {
            file.Write("TZif2"u8);
            file.Write(new byte[15]);
            foreach (int count in (int[])[0, 0, 0, changes, types, 0])
                WriteInt(count);
        }

        void WriteInt(int number)
        {
            var bytes = new byte[4];
            BinaryPrimitives.WriteInt32BigEndian(bytes, number);
            file.Write(bytes);
        }

        void Write(long number)
        {
            var bytes = new byte[8];
            BinaryPrimitives.WriteInt64BigEndian(bytes, number);
            file.Write(bytes);
        }
    }
}
