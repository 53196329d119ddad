using System.Buffers;

namespace Sluice.Kubernetes.Client;

/// <summary>The body of an answer, in memory that is rented: a list of thousands of objects would else leave as many megabytes behind.</summary>
internal sealed class Answer : IDisposable
{
    private const int BytesMax = 256 << 20;
    private const int BytesFirst = 16 << 10;
    private byte[] _buffer;
    private int _length;

    private Answer(int capacity) => _buffer = ArrayPool<byte>.Shared.Rent(capacity);

    /// <summary>The bytes; not to be used after <see cref="Dispose"/>.</summary>
    public ReadOnlySpan<byte> Bytes => _buffer.AsSpan(0, _length);

    /// <summary>Reads a body to its end.</summary>
    /// <exception cref="InvalidDataException">It is longer than 256 MiB.</exception>
    public static async Task<Answer> ReadAsync(HttpContent content, CancellationToken cancellation)
    {
        // One byte more than announced, so that the end shows without another buffer.
        long announced = content.Headers.ContentLength is { } length ? length + 1 : BytesFirst;
        var answer = new Answer((int)Math.Min(announced, BytesMax));
        try
        {
            await using Stream stream = await content.ReadAsStreamAsync(cancellation);
            while (await stream.ReadAsync(answer.Space(), cancellation) is > 0 and int read) answer._length += read;
            return answer;
        }
        catch
        {
            answer.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
        _length = 0;
    }

    private Memory<byte> Space()
    {
        if (_length < _buffer.Length) return _buffer.AsMemory(_length);
        if (_length >= BytesMax) throw new InvalidDataException($"the answer is longer than {BytesMax} bytes");
        byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Min(_length * 2, BytesMax));
        _buffer.CopyTo(larger, 0);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
        return _buffer.AsMemory(_length);
    }
}
