using System.Text;
using RQ.Jobs;
using RQ.Serialization;
using Shouldly;
using StackExchange.Redis;
using Xunit;

namespace RQ.Tests.Security;

/// <summary>What a connection reads whose serializer signs or encrypts.</summary>
public class SerializerSetTests
{
    private static readonly JobSerializer s_signed = JobSerializer.Pickle.WithSigning(Guarded.Ring);
    private static readonly JobSerializer s_encrypted = JobSerializer.Pickle.WithEncryption(Guarded.Ring);

    [Fact]
    public void Only_what_is_protected_is_read()
    {
        foreach (JobSerializer own in new[] { s_signed, s_encrypted })
        {
            var set = new SerializerSet(own: own);
            foreach (byte[] plain in new[] { CallData.Write(JobCall.To("f"), JobSerializer.Pickle), CallData.Write(JobCall.To("f", new string('x', 200)), JobSerializer.Json), [], [0], [0x78, 0x9c] })
                Should.Throw<UnreadableDataException>(() => set.ReadCall(plain, Guarded.Call)).Message.ShouldContain("this connection reads no other");

            JobHash job = Guarded.Job("job-1", "data", own.Seal("call", Guarded.Call));
            Should.Throw<UnreadableDataException>(() => set.Read(job, JobSerializer.Pickle.Serialize(1), PayloadKind.Result)).Message.ShouldContain("reads no other");
            set.Read(job, own.Seal("result", new PayloadContext(PayloadKind.Result, "job-1")), PayloadKind.Result).ShouldBe("result");
            Should.Throw<UnreadableDataException>(() => set.Move(JobSerializer.Pickle.Serialize(1), default, default));
        }
    }

    [Fact]
    public void Nothing_is_unfolded_that_was_not_verified_but_what_python_puts_around()
    {
        var set = new SerializerSet(own: s_signed);
        byte[] bomb = Compression.Deflate(new byte[50_000_000]);
        long before = GC.GetAllocatedBytesForCurrentThread();

        Should.Throw<UnreadableDataException>(() => set.ReadCall(bomb, Guarded.Call)).Message.ShouldContain("is not signed");

        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(2_000_000);
        byte[] call = CallData.Serialize(JobCall.To("f", new string('x', 10_000)), s_signed, Guarded.Call, out _);
        set.ReadCall(Compression.Deflate(call), Guarded.Call).Serializer.ShouldBe(s_signed);
        byte[] small = CallData.Serialize(JobCall.To("f"), s_signed, Guarded.Call, out _);
        set.ReadCall(Compression.Deflate(small), Guarded.Call).Serializer.ShouldBe(s_signed);
    }

    [Fact]
    public void While_producers_are_moved_over_both_are_read_but_what_is_changed_is_not()
    {
        var set = new SerializerSet(own: JobSerializer.Pickle.WithSigning(Guarded.Ring, new ProtectionOptions { AllowUnprotected = true }));

        set.ReadCall(CallData.Write(JobCall.To("f"), JobSerializer.Json), Guarded.Call).Serializer.ShouldBe(JobSerializer.Json);
        byte[] call = CallData.Serialize(JobCall.To("f"), s_signed, Guarded.Call, out _);
        set.ReadCall(call, Guarded.Call).Data.ShouldNotBeNull();
        call[^1] ^= 1;
        Should.Throw<UnreadableDataException>(() => set.ReadCall(call, Guarded.Call)).Message.ShouldContain("refused");
    }

    [Fact]
    public void A_connection_without_the_keys_says_what_is_missing()
    {
        byte[] call = CallData.Serialize(JobCall.To("f"), s_encrypted, Guarded.Call, out _);

        Should.Throw<UnreadableDataException>(() => CallData.Read(call, null)).Message.ShouldContain("it is signed or encrypted, and this connection has no keys");
        var other = new SerializerSet(own: JobSerializer.Pickle.WithEncryption(new KeyRing($"k2:{Guarded.Key}")));
        Should.Throw<UnreadableDataException>(() => other.ReadCall(call, Guarded.Call)).Message.ShouldContain("its key 'k1' is none of those that are known here (k2)");
    }

    [Fact]
    public void A_format_that_would_not_be_read_is_refused_where_it_is_named()
    {
        var set = new SerializerSet(own: s_signed);
        Should.Throw<ArgumentException>(() => set.Add(JobSerializer.Json)).Message.ShouldContain("'json' cannot be used over a connection whose own serializer is 'signed pickle'");
        set.Add(JobSerializer.Json.WithSigning(Guarded.Ring));
        set.Add(JobSerializer.Json.WithSigning(new KeyRing($"k1:{Guarded.Key}")));
        set.CustomCount.ShouldBe(2, "the same keys are the same format");
        set.Add(JobSerializer.Json.WithSigning(new KeyRing($"k1:{KeyRing.NewKey()}")));
        set.CustomCount.ShouldBe(3);
    }

    [Fact]
    public void Callbacks_and_webhooks_are_those_that_were_signed()
    {
        RedisValue[] fields = [JobFields.SuccessCallbackName, "told", JobFields.Webhooks, "[]"];
        byte[] call = CallData.Serialize(JobCall.To("f"), s_signed, PayloadContext.OfCall("job-1", fields), out _);
        var set = new SerializerSet(own: s_signed);

        set.VouchesFor(Guarded.Job("job-1", ["data", call, .. fields])).ShouldBeTrue();
        set.VouchesFor(Guarded.Job("job-1", ["data", call, .. fields, JobFields.FailureCallbackName, "added"])).ShouldBeFalse();
        set.VouchesFor(Guarded.Job("job-1", ["data", call])).ShouldBeFalse("they were taken away");
        set.VouchesFor(Guarded.Job("job-2", ["data", call, .. fields])).ShouldBeFalse();
        set.VouchesFor(Guarded.Job("job-1", fields)).ShouldBeFalse();
        new SerializerSet().VouchesFor(Guarded.Job("job-1", fields)).ShouldBeTrue();
    }

    [Fact]
    public void Texts_about_an_encrypted_job_are_for_those_who_have_the_keys()
    {
        JobHash job = Guarded.Job("job-1", "data", CallData.Serialize(JobCall.To("f"), s_encrypted, Guarded.Call, out _));
        var own = new SerializerSet(own: s_encrypted);
        var beside = new SerializerSet();
        beside.Add(s_encrypted);
        foreach (SerializerSet set in new[] { own, beside })
        {
            string hidden = set.Hide(job, "secret ü", PayloadKind.Failure);

            hidden.ShouldStartWith("rq-encrypted:");
            set.Show("job-1", hidden, PayloadKind.Failure).ShouldBe("secret ü");
            set.Show("job-2", hidden, PayloadKind.Failure).ShouldContain("(encrypted) The data is refused");
            new SerializerSet().Show("job-1", hidden, PayloadKind.Failure).ShouldContain("no keys");
            set.Show("job-1", "rq-encrypted:no base64!", PayloadKind.Failure).ShouldBe("rq-encrypted:no base64!");
        }

        new SerializerSet(own: s_signed).Hide(job, "text", PayloadKind.Failure).ShouldBe("text");
        new SerializerSet().Hide(job, "text", PayloadKind.Failure).ShouldBe("text");
        Encoding.UTF8.GetByteCount(own.Hide(job, "", PayloadKind.LogLine)).ShouldBeGreaterThan(20);
    }
}
