using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Quickstart;

/// <summary>A tiny web server on this machine, so that the sample needs no internet. It serves the sample's sources and the LICENSE.</summary>
internal sealed class DocumentServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, port: 0);

    public DocumentServer()
    {
        _listener.Start();
        _ = ServeAsync();
    }

    public string UrlOf(string document) => $"http://{_listener.LocalEndpoint}/{document}";

    public void Dispose() => _listener.Dispose();

    private async Task ServeAsync()
    {
        try
        {
            while (true)
                _ = AnswerAsync(await _listener.AcceptTcpClientAsync());
        }
        catch (Exception exception) when (exception is ObjectDisposedException or SocketException)
        {
            // Disposed.
        }
    }

    private static async Task AnswerAsync(TcpClient client)
    {
        using NetworkStream stream = client.GetStream();
        using var reader = new StreamReader(stream);
        string request = await reader.ReadLineAsync() ?? "";        // GET /LICENSE HTTP/1.1
        while (await reader.ReadLineAsync() is { Length: > 0 })
        {
            // Headers do not matter here.
        }

        string name = request.Split(' ').ElementAtOrDefault(1)?.TrimStart('/') ?? "";
        using Stream? document = typeof(DocumentServer).Assembly.GetManifestResourceStream(name);
        string status = document is null ? "404 Not Found" : "200 OK";
        string head = $"HTTP/1.1 {status}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {document?.Length ?? 0}\r\nConnection: close\r\n\r\n";
        await stream.WriteAsync(Encoding.ASCII.GetBytes(head));
        if (document is not null)
            await document.CopyToAsync(stream);
    }
}
