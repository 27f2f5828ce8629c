using System.Collections.Concurrent;
using System.Net;
using System.Text;
using RQ.TestSupport;

namespace RQ.Conformance.Executions;

/// <summary>A web server on this machine that keeps what it is sent.</summary>
internal sealed class WebhookReceiver : IAsyncDisposable
{
    private readonly HttpListener _listener = new();
    private readonly ConcurrentQueue<Received> _received = new();
    private readonly Func<Received, Task<int>> _answer;
    private readonly Task _serving;

    private WebhookReceiver(Func<Received, Task<int>> answer)
    {
        _answer = answer;
        Url = Listen();
        _serving = ServeAsync();
    }

    /// <param name="Method">GET or POST.</param>
    /// <param name="Path">Begins with a slash.</param>
    /// <param name="Headers">By their names in small letters.</param>
    /// <param name="Body">Empty for GET.</param>
    public sealed record Received(string Method, string Path, IReadOnlyDictionary<string, string> Headers, string Body);

    /// <summary>Ends without a slash.</summary>
    public string Url { get; }

    public IReadOnlyCollection<Received> All => [.. _received];

    /// <param name="answer">Says the status code; default 200.</param>
    public static WebhookReceiver Start(Func<Received, Task<int>>? answer = null) => new(answer ?? (_ => Task.FromResult(200)));

    public Task ReceivesAsync(int count) => Eventually.BecomesAsync(() => _received.Count >= count, $"{count} requests came");

    public async ValueTask DisposeAsync()
    {
        _listener.Close();
        await _serving;
    }

    // A port that was free a moment ago may be taken by the next one who asks.
    private string Listen()
    {
        for (int attempt = 0; ; attempt++)
        {
            int port;
            using (var probe = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0))
            {
                probe.Start();
                port = ((IPEndPoint)probe.LocalEndpoint).Port;
            }

            try
            {
                _listener.Prefixes.Clear();
                _listener.Prefixes.Add($"http://127.0.0.1:{port}/");
                _listener.Start();
                return $"http://127.0.0.1:{port}";
            }
            catch (HttpListenerException) when (attempt < 10)
            {
            }
        }
    }

    private async Task ServeAsync()
    {
        while (true)
        {
            HttpListenerContext context;
            try
            {
                context = await _listener.GetContextAsync();
            }
            catch (Exception exception) when (exception is HttpListenerException or ObjectDisposedException or InvalidOperationException)
            {
                return;
            }

            _ = AnswerAsync(context);
        }
    }

    private async Task AnswerAsync(HttpListenerContext context)
    {
        using var reader = new StreamReader(context.Request.InputStream, Encoding.UTF8);
        var received = new Received(
            context.Request.HttpMethod, context.Request.Url!.AbsolutePath,
            context.Request.Headers.AllKeys.ToDictionary(name => name!.ToLowerInvariant(), name => context.Request.Headers[name]!), await reader.ReadToEndAsync());
        _received.Enqueue(received);
        try
        {
            context.Response.StatusCode = await _answer(received);
            context.Response.Close();
        }
        catch (Exception exception) when (exception is HttpListenerException or ObjectDisposedException)
        {
            // The other side did not wait.
        }
    }
}
