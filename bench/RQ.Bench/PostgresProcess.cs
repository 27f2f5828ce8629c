using System.Diagnostics;

namespace RQ.Bench;

/// <summary>A PostgreSQL of the benchmark's own: a free port on the loopback, a folder for temporary files, gone at the end.</summary>
internal sealed class PostgresProcess : IDisposable
{
    private readonly Process _process;
    private readonly string _folder;

    private PostgresProcess(Process process, string folder, int port)
    {
        _process = process;
        _folder = folder;
        Url = $"postgres://postgres@127.0.0.1:{port}/postgres";
    }

    public string Url { get; }

    /// <exception cref="InvalidOperationException">It is not installed, or does not start.</exception>
    public static async Task<PostgresProcess> StartAsync(CancellationToken cancellationToken)
    {
        string programs = Directory.Exists("/usr/lib/postgresql") ? Directory.GetDirectories("/usr/lib/postgresql").Order().LastOrDefault() ?? "" : "";
        if (programs.Length == 0)
            throw new InvalidOperationException("PostgreSQL is not installed. Install it: apt-get install postgresql.");
        string folder = Directory.CreateTempSubdirectory("rq-bench-postgres-").FullName;
        int port = LoopbackPort.Free();
        // It refuses to run as root; its own user is there once it is installed.
        string[] asUser = Environment.UserName == "root" ? ["runuser", "-u", "postgres", "--"] : [];
        if (asUser.Length > 0)
            await Races.Child.RunAsync(new ProcessStartInfo("chown", ["postgres", folder]), cancellationToken);
        string[] init = [.. asUser, $"{programs}/bin/initdb", "-D", $"{folder}/data", "-U", "postgres", "-A", "trust", "--no-sync"];
        await Races.Child.RunAsync(new ProcessStartInfo(init[0], init[1..]), cancellationToken);
        string[] run = [.. asUser, $"{programs}/bin/postgres", "-D", $"{folder}/data", "-p", $"{port}", "-c", "listen_addresses=127.0.0.1", "-k", folder];
        var process = Process.Start(new ProcessStartInfo(run[0], run[1..]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        _ = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        _ = process.StandardError.ReadToEndAsync(CancellationToken.None);
        var postgres = new PostgresProcess(process, folder, port);
        try
        {
            await LoopbackPort.ListensAsync(process, port);
            return postgres;
        }
        catch
        {
            postgres.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
