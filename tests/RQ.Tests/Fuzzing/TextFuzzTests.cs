using System.Text;
using RQ.Redis;
using RQ.Scheduling;
using RQ.Serialization;
using Xunit;

namespace RQ.Tests.Fuzzing;

/// <summary>Short texts: addresses, times, cron expressions.</summary>
public class TextFuzzTests
{
    [Fact]
    public void An_address_is_read_or_refused_without_showing_its_password()
    {
        string[] seeds =
        [
            "redis://us%40er:p%3Ass@10.0.0.1:7000/3", "redis://localhost", "rediss://:s3cr3t@host:6380/0?db=2", "unix://:s3cr3t@/run/redis.sock?db=2", "host:6380,password=s3cr3t,defaultDatabase=4,ssl=true,abortConnect=false",
            "redis://[::1]:6379/1", "sentinel1:26379,sentinel2:26379,serviceName=mymaster", "embedded:", "embedded:path=./data",
        ];
        Fuzz.Run(Bytes(seeds), 100_000, bytes =>
        {
            string url = Encoding.UTF8.GetString(bytes);
            try
            {
                if (!RedisUrl.IsEmbedded(url, out _))
                    GC.KeepAlive(RedisUrl.Parse(url).ToString());
            }
            catch (ArgumentException exception) when (exception.Message.Contains("s3cr3t", StringComparison.Ordinal))
            {
                throw new InvalidDataException($"The password is in the message: {exception.Message}");
            }
        }, typeof(ArgumentException));
    }

    [Fact]
    public void A_time_is_read_or_none()
    {
        string[] seeds = ["2026-11-25T10:34:15.469336Z", "2026-11-25T10:34:15Z", "2026-11-25 10:34:15.4+02:00", "1795602890.727477", "1795602890", "-inf", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z", "2026-01-02T03:04:05.123456789-23:59:59.5"];
        Fuzz.Run(Bytes(seeds), 200_000, bytes =>
        {
            string text = Encoding.UTF8.GetString(bytes);
            GC.KeepAlive((RqTime.ParseTimestamp(text), RqTime.ParseUnix(text), RqTime.Until(text, 1_795_602_890_727_000), IsoTime.Parse(text)));
            if (double.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out double score))
                GC.KeepAlive(RqTime.FromScore(score));
        });
    }

    [Fact]
    public void A_cron_expression_is_read_or_refused()
    {
        string[] seeds = ["*/5 * * * *", "0 9-17/2 1,15 JAN-MAR MON-FRI", "30 0 2 L * ?", "0 0 29 2 *", "@daily", "@every_minute", "0 0 0 LW * *", "0 0 * * 5#2", "59 23 31 12 7"];
        Fuzz.Run(Bytes(seeds), 100_000, bytes =>
        {
            string text = Encoding.UTF8.GetString(bytes);
            GC.KeepAlive((PythonCron.Of(text), PythonCron.Read(text)));
            CronText cron = CronText.Read(text);
            long? match = 0;
            for (int i = 0; i < 5 && match is { } at; i++)
                match = cron.From(at + 1);
        }, typeof(FormatException));
    }

    private static byte[][] Bytes(string[] texts) => [.. texts.Select(Encoding.UTF8.GetBytes)];
}
