using System.Security.Cryptography;
using System.Text;
using RQ.Jobs;
using RQ.Serialization;
using Shouldly;
using Xunit;

namespace RQ.Tests.Security;

/// <summary>Signed and encrypted data: only what somebody with a key has written for this place is read, and nothing else is even looked at.</summary>
public class ProtectedSerializerTests
{
    [Fact]
    public void What_was_written_comes_back_whatever_its_size()
    {
        foreach (JobSerializer serializer in Guarded.All())
        {
            foreach (object? data in new object?[] { "", "a", new string('x', 100_000), new object?[] { "f", null, new object?[] { 1L }, new OrderedDictionary<object, object?>() }, Convert.ToHexString(Noise(5000)) })
            {
                byte[] bytes = serializer.Seal(data);
                if (data is object?[])
                    ((System.Collections.IList)serializer.Open(bytes)!)[0].ShouldBe("f");
                else
                    serializer.Open(bytes).ShouldBe(data);
                serializer.CanRead(bytes).ShouldBeTrue();
                serializer.CanRead(JobSerializer.Json.Serialize(data is object?[] ? null : data)).ShouldBeFalse();
            }
        }
    }

    [Fact]
    public void Long_data_is_compressed_within_and_never_around()
    {
        foreach (JobSerializer serializer in Guarded.All())
        {
            byte[] bytes = serializer.Seal(new string('x', 100_000));

            bytes.Length.ShouldBeLessThan(1000);
            Compression.Compact(bytes).ShouldBeSameAs(bytes);
        }
    }

    [Fact]
    public void A_change_of_any_bit_is_refused_before_anything_is_parsed()
    {
        foreach ((JobSerializer serializer, CountingSerializer parsed) in Counting())
        {
            byte[] bytes = serializer.Seal("some text");
            for (int i = 0; i < bytes.Length * 8; i++)
            {
                byte[] changed = [.. bytes];
                changed[i / 8] ^= (byte)(1 << (i % 8));
                Should.Throw<UnreadableDataException>(() => serializer.Open(changed));
            }

            parsed.Reads.ShouldBe(0);
            serializer.Open(bytes).ShouldBe("some text");
            parsed.Reads.ShouldBe(1);
        }
    }

    [Fact]
    public void What_is_cut_short_or_has_more_behind_it_is_refused_before_anything_is_parsed()
    {
        foreach ((JobSerializer serializer, CountingSerializer parsed) in Counting())
        {
            byte[] bytes = serializer.Seal("some text");
            for (int length = 0; length < bytes.Length; length++)
                Should.Throw<UnreadableDataException>(() => serializer.Open(bytes.AsSpan(0, length).ToArray()));
            Should.Throw<UnreadableDataException>(() => serializer.Open([.. bytes, 0]));
            parsed.Reads.ShouldBe(0);
        }
    }

    [Fact]
    public void Plain_data_is_refused_unless_it_is_allowed()
    {
        foreach (JobSerializer serializer in Guarded.All())
        {
            byte[] plain = serializer.Name.EndsWith("json", StringComparison.Ordinal) ? JobSerializer.Json.Serialize("text") : JobSerializer.Pickle.Serialize("text");
            Should.Throw<UnreadableDataException>(() => serializer.Open(plain)).Message.ShouldContain("ProtectionOptions.AllowUnprotected");
        }

        foreach (JobSerializer serializer in Guarded.All(options: new ProtectionOptions { AllowUnprotected = true }))
        {
            byte[] plain = serializer.Name.EndsWith("json", StringComparison.Ordinal) ? JobSerializer.Json.Serialize("text") : JobSerializer.Pickle.Serialize("text");
            serializer.Open(plain).ShouldBe("text");
            serializer.Open(serializer.Seal("text")).ShouldBe("text");
        }
    }

    [Fact]
    public void Keys_are_replaced_in_three_steps()
    {
        string newer = KeyRing.NewKey();
        foreach (bool encrypts in new[] { false, true })
        {
            JobSerializer Of(string keys) => encrypts ? JobSerializer.Json.WithEncryption(new KeyRing(keys)) : JobSerializer.Json.WithSigning(new KeyRing(keys));
            JobSerializer before = Of($"old:{Guarded.Key}"), prepared = Of($"old:{Guarded.Key},new:{newer}"), moved = Of($"new:{newer},old:{Guarded.Key}"), after = Of($"new:{newer}");

            prepared.Open(before.Seal(1L)).ShouldBe(1L);
            before.Open(prepared.Seal(2L)).ShouldBe(2L, "the first key writes");
            prepared.Open(moved.Seal(3L)).ShouldBe(3L);
            moved.Open(before.Seal(4L)).ShouldBe(4L);
            after.Open(moved.Seal(5L)).ShouldBe(5L);
            string refused = Should.Throw<UnreadableDataException>(() => before.Open(after.Seal(6L))).Message;
            refused.ShouldContain("its key 'new' is none of those that are known here (old)");
        }
    }

    [Fact]
    public void Another_key_of_the_same_id_is_refused_and_no_message_holds_a_key()
    {
        string other = KeyRing.NewKey();
        foreach ((JobSerializer mine, JobSerializer theirs) in Guarded.All().Zip(Guarded.All(new KeyRing($"k1:{other}"))))
        {
            string refused = Should.Throw<UnreadableDataException>(() => mine.Open(theirs.Seal("text"))).ToString();

            refused.ShouldContain("another key 'k1'");
            refused.ShouldNotContain(other);
            refused.ShouldNotContain(Guarded.Key);
        }
    }

    [Fact]
    public void Signed_is_not_encrypted_and_neither_reads_the_other()
    {
        JobSerializer signed = JobSerializer.Json.WithSigning(Guarded.Ring), encrypted = JobSerializer.Json.WithEncryption(Guarded.Ring);

        Encoding.UTF8.GetString(signed.Seal("in the clear")).ShouldContain("in the clear");
        Encoding.UTF8.GetString(encrypted.Seal("in the clear")).ShouldNotContain("in the clear");
        encrypted.Seal("in the clear").ShouldNotBe(encrypted.Seal("in the clear"));
        Should.Throw<UnreadableDataException>(() => encrypted.Open(signed.Seal("a"))).Message.ShouldContain("the data is signed, but the serializer here reads data that is encrypted");
        Should.Throw<UnreadableDataException>(() => signed.Open(encrypted.Seal("a"))).Message.ShouldContain("the data is encrypted");
        Should.Throw<ArgumentException>(() => signed.WithEncryption(Guarded.Ring)).Message.ShouldContain("signed json already");
    }

    [Fact]
    public void What_was_written_for_one_place_is_refused_in_another()
    {
        PayloadContext[] places =
        [
            Guarded.Call, PayloadContext.OfCall("job-2", []), PayloadContext.OfCall("job-1", [JobFields.SuccessCallbackName, "f"]),
            PayloadContext.OfCall("job-1", [JobFields.FailureCallbackName, "f"]), PayloadContext.OfCall("job-1", [JobFields.StoppedCallbackName, "f"]),
            PayloadContext.OfCall("job-1", [JobFields.Webhooks, "[]"]), PayloadContext.OfCall("job-1", [JobFields.CallbackOf, "a", JobFields.CallbackOn, "success"]),
            PayloadContext.OfCall("job-1", [JobFields.CallbackOf, "a", JobFields.CallbackOn, "failure"]),
            PayloadContext.OfCall("job-1", [], PayloadKind.CronCall), new(PayloadKind.Meta, "job-1"), new(PayloadKind.Result, "job-1"), new(PayloadKind.Result, "job-2"),
            new(PayloadKind.CronMeta, "job-1"), new(PayloadKind.Failure, "job-1"), new(PayloadKind.Progress, "job-1"), new(PayloadKind.LogLine, "job-1"),
        ];
        foreach (JobSerializer serializer in Guarded.All())
        {
            for (int from = 0; from < places.Length; from++)
            {
                byte[] bytes = serializer.Seal("text", places[from]);
                for (int to = 0; to < places.Length; to++)
                {
                    if (from == to)
                        serializer.Open(bytes, places[to]).ShouldBe("text");
                    else
                        Should.Throw<UnreadableDataException>(() => serializer.Open(bytes, places[to])).Message.ShouldContain("written for another job");
                }
            }
        }
    }

    [Fact]
    public void A_place_is_the_same_before_and_after_it_is_a_hash_and_empty_fields_are_none()
    {
        var before = PayloadContext.OfCall("a", [JobFields.Origin, "q", JobFields.SuccessCallbackName, "f", JobFields.StoppedCallbackName, ""]);
        var after = PayloadContext.OfCall(Guarded.Job("a", JobFields.Status, "queued", JobFields.SuccessCallbackName, "f"));

        before.ToBytes().ShouldBe(after.ToBytes());
    }

    [Fact]
    public void What_is_bound_to_no_job_is_for_those_who_say_so()
    {
        foreach ((JobSerializer bound, JobSerializer free) in Guarded.All().Zip(Guarded.All(options: new ProtectionOptions { BindToJob = false })))
        {
            free.Open(free.Seal("text"), new PayloadContext(PayloadKind.Meta, "other")).ShouldBe("text");
            free.Open(bound.Seal("text")).ShouldBe("text");
            Should.Throw<UnreadableDataException>(() => free.Open(bound.Seal("text"), new PayloadContext(PayloadKind.Meta, "other")));
            Should.Throw<UnreadableDataException>(() => bound.Open(free.Seal("text"))).Message.ShouldContain("BindToJob");
            bound.Deserialize(bound.Serialize("by hand")).ShouldBe("by hand");
        }
    }

    [Fact]
    public void A_schedule_that_is_stored_again_looks_the_same()
    {
        var schedule = new PayloadContext(PayloadKind.CronCall, "nightly");
        foreach (JobSerializer serializer in Guarded.All())
        {
            serializer.Seal("text", schedule).ShouldBe(serializer.Seal("text", schedule));
            serializer.Seal("text", schedule).ShouldNotBe(serializer.Seal("other", schedule));
            serializer.Seal("text", schedule).ShouldNotBe(serializer.Seal("text", schedule with { Id = "daily" }));
        }
    }

    /// <summary>What is stored today is read by every later version, and by Python.</summary>
    [Fact]
    public void The_layout_is_what_the_documents_say()
    {
        byte[] secret = Convert.FromBase64String(Guarded.Key);
        byte[] key = HMACSHA256.HashData(secret, "RQ payload 1 signing"u8);
        byte[] head = [0xc1, (byte)'R', (byte)'Q', 1, 1, 0, 2, (byte)'a', (byte)'1'], payload = [.. "\"text\""u8];
        byte[] all = [.. head, 0, 0, 0, 0, .. payload], mac = HMACSHA256.HashData(key, all);

        JobSerializer.Json.WithSigning(new KeyRing($"a1:{Guarded.Key}")).Serialize("text").ShouldBe([.. head, .. payload, .. mac]);
    }

    private static IEnumerable<(JobSerializer Serializer, CountingSerializer Parsed)> Counting()
    {
        var signed = new CountingSerializer();
        yield return (signed.WithSigning(Guarded.Ring), signed);
        var encrypted = new CountingSerializer();
        yield return (encrypted.WithEncryption(Guarded.Ring), encrypted);
        var lax = new CountingSerializer();
        yield return (lax.WithEncryption(Guarded.Ring, new ProtectionOptions { BindToJob = false }), lax);
    }

    private static byte[] Noise(int length)
    {
        byte[] noise = new byte[length];
        new Random(7).NextBytes(noise);
        return noise;
    }

    private sealed class CountingSerializer : JobSerializer
    {
        public int Reads { get; private set; }

        public override string Name => "counting";

        public override byte[] Serialize(object? data) => Json.Serialize(data);

        public override object? Deserialize(ReadOnlyMemory<byte> bytes)
        {
            Reads++;
            return Json.Deserialize(bytes);
        }
    }
}
