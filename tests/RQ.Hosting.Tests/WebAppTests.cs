using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Text.RegularExpressions;

namespace RQ.Hosting.Tests;

/// <summary>The sample as a user runs it.</summary>
public partial class WebAppTests
{
    [Fact]
    public async Task A_text_is_counted_in_the_background_and_the_page_shows_the_result()
    {
        await using WebApp app = await WebApp.StartAsync();
        using var client = new HttpClient { BaseAddress = app.Address, Timeout = Eventually.Limit };
        (await client.GetStringAsync("/")).ShouldContain("Count the words in the background");

        using HttpResponseMessage posted = await client.PostAsync("/count", new FormUrlEncodedContent([new("text", "to be or not to be")]));
        posted.StatusCode.ShouldBe(HttpStatusCode.OK);
        posted.RequestMessage!.RequestUri!.AbsolutePath.ShouldStartWith("/jobs/");
        await Eventually.BecomesAsync(async () => (await client.GetStringAsync(posted.RequestMessage.RequestUri)).Contains("6 words."), "the page shows the result");

        (await client.GetStringAsync("/health")).ShouldBe("Healthy");
        (await client.GetAsync("/jobs/nothing")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        await Eventually.BecomesAsync(() => app.Output.Contains("Counted 6 words"), "what the job logs is printed");
        (await app.StopAsync()).ShouldBe(0, app.Output);
    }

    [Fact]
    public async Task With_work_horses_the_jobs_run_in_the_program_started_again_without_its_web_server()
    {
        await using WebApp app = await WebApp.StartAsync("--Rq:Worker:Isolation=WorkHorse", "--Rq:Worker:WorkHorses:MaxJobs=100");
        using var client = new HttpClient { BaseAddress = app.Address, Timeout = Eventually.Limit };

        using HttpResponseMessage posted = await client.PostAsync("/count", new FormUrlEncodedContent([new("text", "to be or not to be")]));
        await Eventually.BecomesAsync(async () => (await client.GetStringAsync(posted.RequestMessage!.RequestUri)).Contains("6 words."), "the page shows the result");

        await Eventually.BecomesAsync(() => app.Output.Contains("Counted 6 words"), "what the job logs is passed on");
        app.Output.Split('\n').Count(line => line.Contains("Now listening on")).ShouldBe(1, app.Output);
        (await app.StopAsync()).ShouldBe(0, app.Output);
    }

    [Fact]
    public async Task The_schedule_of_the_application_is_stored_and_its_job_runs_there()
    {
        await using RedisServer server = await RedisServer.StartAsync();
        await using WebApp app = await WebApp.StartAsync($"--Rq:Url={server.Url()}");
        await using RqConnection rq = await RqConnection.ConnectAsync(server.Url());
        CronEntry entry = await Eventually.GivesAsync(() => rq.Cron.FindAsync("total"), "the schedule is stored");
        (entry.Source, entry.Schedule.Queue, entry.Schedule.TimeZone).ShouldBe(("host:WebApp", "words", "Europe/Berlin"));

        await rq.Cron.TriggerAsync("total");

        await Eventually.BecomesAsync(() => app.Output.Contains("0 words so far"), "its job has run");
        (await app.StopAsync()).ShouldBe(0, app.Output);
    }

    [Fact]
    public async Task S115_the_pages_are_served_without_Redis()
    {
        await using WebApp app = await WebApp.StartAsync($"--Rq:Url=redis://127.0.0.1:{RedisServer.FreePort()}", "--Rq:ConnectTimeout=00:00:01");
        using var client = new HttpClient { BaseAddress = app.Address, Timeout = Eventually.Limit };

        (await client.GetAsync("/")).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await client.GetAsync("/health")).StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        (await client.PostAsync("/count", new FormUrlEncodedContent([new("text", "x")]))).StatusCode.ShouldBe(HttpStatusCode.InternalServerError);
        (await app.StopAsync()).ShouldBe(0, app.Output);
    }

    private sealed partial class WebApp : IAsyncDisposable
    {
        private readonly Process _process;
        private readonly ConcurrentQueue<string> _lines = new();

        private WebApp(Process process)
        {
            _process = process;
            process.OutputDataReceived += (_, line) => _lines.Enqueue(line.Data ?? "");
            process.ErrorDataReceived += (_, line) => _lines.Enqueue(line.Data ?? "");
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
        }

        public string Output => string.Join('\n', _lines);

        public Uri Address => new(Listening().Match(Output).Groups[1].Value);

        public static async Task<WebApp> StartAsync(params string[] arguments)
        {
            // Both are built into artifacts/bin/<project>/<configuration>/.
            var here = new DirectoryInfo(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));
            string directory = Path.Combine(here.Parent!.Parent!.FullName, "WebApp", here.Name);
            var app = new WebApp(Process.Start(new ProcessStartInfo(
                "dotnet", ["WebApp.dll", "--urls", "http://127.0.0.1:0", "--Logging:LogLevel:Microsoft.Hosting.Lifetime=Information", .. arguments])
            {
                WorkingDirectory = directory,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!);
            await Eventually.BecomesAsync(() => Listening().IsMatch(app.Output) || app._process.HasExited, "the application listens");
            return app._process.HasExited ? throw new InvalidOperationException($"The application ended at once:\n{app.Output}") : app;
        }

        /// <summary>SIGTERM, as a container gets it.</summary>
        public async Task<int> StopAsync()
        {
            using Process kill = Process.Start("kill", ["-TERM", _process.Id.ToString()]);
            await kill.WaitForExitAsync();
            await _process.WaitForExitAsync().WaitAsync(Eventually.Limit);
            return _process.ExitCode;
        }

        public ValueTask DisposeAsync()
        {
            if (!_process.HasExited)
                _process.Kill();
            _process.Dispose();
            return ValueTask.CompletedTask;
        }

        [GeneratedRegex(@"Now listening on: (\S+)")]
        private static partial Regex Listening();
    }
}
