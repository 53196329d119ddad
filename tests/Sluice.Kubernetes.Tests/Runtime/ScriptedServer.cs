using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Threading.Channels;
using k8s;
using k8s.Authentication;
using Sluice.Kubernetes.Client;

namespace Sluice.Kubernetes.Tests.Runtime;

/// <summary>An API server of a test: the test answers each request.</summary>
internal sealed class ScriptedServer : HttpMessageHandler
{
    private readonly Func<HttpRequestMessage, string, HttpResponseMessage> _answer;

    public ScriptedServer(Func<HttpRequestMessage, string, HttpResponseMessage> answer) => _answer = answer;

    public ConcurrentQueue<string> Requests { get; } = new();

    public static HttpResponseMessage Json(string json, HttpStatusCode code = HttpStatusCode.OK) =>
        new(code) { Content = new StringContent(json, Encoding.UTF8, "application/json") };

    public static HttpResponseMessage Failure(int code, string reason, string message = "m") =>
        Json($$"""{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"{{reason}}","message":"{{message}}","code":{{code}}}""", (HttpStatusCode)code);

    /// <summary>A watch that gives what is written to the channel, and ends when it is completed.</summary>
    public static HttpResponseMessage Stream(Channel<string> lines) => new(HttpStatusCode.OK) { Content = new StreamContent(new ChannelStream(lines.Reader)) };

    public KubernetesClient Client(TimeProvider? time = null, ITokenProvider? token = null) => new(
        new KubernetesClientConfiguration { Host = "https://test.invalid/base/", TokenProvider = token },
        new KubernetesClientOptions { Time = time ?? TimeProvider.System },
        this);

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        string body = request.Content is null ? "" : await request.Content.ReadAsStringAsync(cancellationToken);
        Requests.Enqueue($"{request.Method} {request.RequestUri!.PathAndQuery}");
        return _answer(request, body);
    }

    private sealed class ChannelStream(ChannelReader<string> lines) : Stream
    {
        private ReadOnlyMemory<byte> _rest;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (_rest.IsEmpty)
            {
                if (!await lines.WaitToReadAsync(cancellationToken) || !lines.TryRead(out string? line)) return 0;
                _rest = Encoding.UTF8.GetBytes(line);
            }
            int count = Math.Min(buffer.Length, _rest.Length);
            _rest[..count].CopyTo(buffer);
            _rest = _rest[count..];
            return count;
        }

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush() => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
