using System.Net.Sockets;

namespace Compatibility.Differential;

/// <summary>The container engine of this machine, which speaks Docker's API at DOCKER_HOST or at its usual socket.</summary>
internal static class ContainerEngine
{
    private const string UsualSocket = "unix:///var/run/docker.sock";

    // What Testcontainers speaks where it is told of no other.
    private static readonly string Version = Environment.GetEnvironmentVariable("DOCKER_API_VERSION") is { Length: > 0 } given ? given : "1.44";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);
    private static readonly string Endpoint = Environment.GetEnvironmentVariable("DOCKER_HOST") is { Length: > 0 } given ? given : UsualSocket;
    private static readonly Lazy<bool> Answer = new(() => AnswersAt(Endpoint));

    /// <summary>Skips the calling test where there is none.</summary>
    public static void Require() => Skip.IfNot(IsThere, $"no container engine answers at {Endpoint} in version {Version} of Docker's API (DOCKER_HOST, DOCKER_API_VERSION)");

    /// <summary>Whether it answers, which it has a second for: a socket that nobody serves must not hold up the tests that do without.</summary>
    public static bool IsThere => Answer.Value;

    /// <param name="endpoint">As DOCKER_HOST has it: <c>unix://PATH</c> or <c>tcp://HOST:PORT</c>.</param>
    internal static bool AnswersAt(string endpoint)
    {
        if (!Uri.TryCreate(endpoint, UriKind.Absolute, out Uri? uri) || uri.Scheme is not ("unix" or "tcp")) return false;
        using var handler = new SocketsHttpHandler();
        if (uri.Scheme == "unix") handler.ConnectCallback = (_, stop) => ConnectAsync(uri.LocalPath, stop);
        using var client = new HttpClient(handler) { Timeout = Patience };
        try
        {
            using HttpResponseMessage pong = client.GetAsync(new Uri(uri.Scheme == "unix" ? $"http://engine/v{Version}/_ping" : $"http://{uri.Authority}/v{Version}/_ping")).GetAwaiter().GetResult();
            return pong.IsSuccessStatusCode;
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            return false;
        }
    }

    private static async ValueTask<Stream> ConnectAsync(string path, CancellationToken stop)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), stop);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
