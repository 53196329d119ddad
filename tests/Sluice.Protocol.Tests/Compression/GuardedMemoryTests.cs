using System.Runtime.InteropServices;
using Sluice.Protocol.Compression;

namespace Sluice.Protocol.Tests.Compression;

/// <summary>
/// The decoders work with pointers and wide copies. Here their input, and where they take it their output, ends where memory ends: a byte read or
/// written beyond is the end of this process.
/// </summary>
public unsafe partial class GuardedMemoryTests
{
    private const int Room = 64 * 1024;

    public static TheoryData<TestedCodec> Managed => [TestedCodec.Snappy, TestedCodec.Lz4, TestedCodec.ManagedZstd];

    [Theory]
    [MemberData(nameof(Managed))]
    public void Nothing_beyond_the_input_is_read(TestedCodec codec)
    {
        var random = new Random(21);
        using var input = new Guarded();
        using var output = new PooledBuffer();
        byte[] good = codec.Compress(Samples.Text(4000));
        for (int i = 0; i < 20_000; i++)
        {
            Span<byte> damaged = input.End(Damage.Of(good, random));
            output.Clear();
            try
            {
                codec.Decompress(damaged, output, TestedCodecs.Limit);
            }
            catch (CompressionException)
            {
                // Refused, as it may be.
            }
        }
    }

    [Fact]
    public void Nothing_beyond_the_room_for_a_block_is_written()
    {
        var random = new Random(22);
        using Guarded input = new(), output = new();
        byte[] text = Samples.Text(4000);
        byte[] frame = TestedCodec.Lz4.Compress(text);
        byte[] lz4 = frame[11..^4], snappy = TestedCodec.Snappy.Compress(text)[20..];
        for (int i = 0; i < 20_000; i++)
        {
            Span<byte> room = output.End(random.Next(3) == 0 ? text.Length : random.Next(5000));
            Span<byte> block = input.End(Damage.Of(lz4, random));
            _ = Lz4Block.Decode(block, room, []);
            int window = random.Next(1, 1000);
            if (window < room.Length) _ = Lz4Block.Decode(block, room[window..], room[..window]);
            ReadOnlySpan<byte> elements = input.End(Damage.Of(snappy, random));
            int size = SnappyBlock.TakeLength(ref elements);
            if (size is >= 0 and < Room - SnappyBlock.Slack) _ = SnappyBlock.TryDecode(elements, size, output.End(size + SnappyBlock.Slack));
        }
    }

    /// <summary>Memory before a page that may not be touched.</summary>
    private sealed class Guarded : IDisposable
    {
        private const int Page = 4096;
        private const int ReadWrite = 3, PrivateAnonymous = 0x22;

        private readonly byte* _start = (byte*)MapMemory(null, Room + Page, ReadWrite, PrivateAnonymous, -1, 0);

        public Guarded()
        {
            if ((nint)_start == -1 || ProtectMemory(_start + Room, Page, 0) != 0) throw new InvalidOperationException("no memory with a guard");
        }

        public Span<byte> End(int length) => new(_start + Room - length, length);

        public Span<byte> End(byte[] bytes)
        {
            Span<byte> end = End(bytes.Length);
            bytes.CopyTo(end);
            return end;
        }

        public void Dispose() => _ = UnmapMemory(_start, Room + Page);
    }

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial void* MapMemory(void* address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "mprotect")]
    private static partial int ProtectMemory(void* address, nuint length, int protection);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int UnmapMemory(void* address, nuint length);
}
