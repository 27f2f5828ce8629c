using RQ.Embedded;

// A process of its own that has a directory open, for tests that stop or kill it. Says where its server is, leaves it when
// its input ends, and says so.
await using (var server = await EmbeddedServer.StartAsync(args[0]))
{
    Console.WriteLine($"{(server.IsOwner ? "owner" : "joined")} {server.ConnectionString}");
    await Console.In.ReadToEndAsync();
}

Console.WriteLine("left");
