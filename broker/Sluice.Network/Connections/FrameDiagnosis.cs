using System.Buffers.Binary;
using System.Text;

namespace Sluice.Network.Connections;

/// <summary>Says why four bytes cannot be the length of a request, and what they look like instead.</summary>
internal static class FrameDiagnosis
{
    /// <summary>Key, version and correlation id: no request is shorter.</summary>
    private const int RequestBytesMin = 8;

    private static readonly string[] HttpBeginnings = ["GET ", "POST", "PUT ", "HEAD", "DELE", "OPTI", "CONN", "PATC", "TRAC", "PRI ", "HTTP"];

    /// <summary>The refusal, or null when the length is fine.</summary>
    internal static string? Refusal(int length, NetworkLimits limits, bool provenClient)
    {
        int lengthMax = provenClient ? limits.RequestBytesMax : Math.Min(limits.FirstRequestBytesMax, limits.RequestBytesMax);
        if (length >= RequestBytesMin && length <= lengthMax) return null;
        if (!provenClient && OtherProtocol(length) is { } other) return other;
        if (length < 0) return $"the length of a request is negative ({length}): these bytes are not the Kafka protocol";
        if (length < RequestBytesMin) return $"a request of {length} bytes cannot hold a header: these bytes are not the Kafka protocol";
        return lengthMax == limits.RequestBytesMax
            ? $"a request of {length} bytes is larger than socket.request.max.bytes ({lengthMax})"
            : $"the first request claims {length} bytes, more than the {lengthMax} that a client gets before its first valid request";
    }

    private static string? OtherProtocol(int length)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, length);
        // TLS record: type 20 to 23, then version 3.x.
        if (bytes[0] is >= 20 and <= 23 && bytes[1] == 3)
            return "looks like TLS (a ClientHello) on a plaintext listener: set the client's security.protocol to PLAINTEXT or use a TLS listener";
        string text = Encoding.Latin1.GetString(bytes);
        if (Array.IndexOf(HttpBeginnings, text) >= 0) return "looks like an HTTP request on a Kafka listener: metrics and health are served by sluice.http.listen";
        return text == "SSH-" ? "looks like SSH on a Kafka listener" : null;
    }
}
