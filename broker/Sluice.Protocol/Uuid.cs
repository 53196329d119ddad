using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;

namespace Sluice.Protocol;

/// <summary>
/// 16 bytes that name a topic, a directory or an incarnation. As text they are 22 characters of base64url without padding, as
/// Kafka prints them; in bytes they are big-endian.
/// </summary>
public readonly struct Uuid : IEquatable<Uuid>, IComparable<Uuid>
{
    /// <summary>The bytes that an encoding takes.</summary>
    public const int SizeInBytes = 16;

    private const int TextLength = 22;

    /// <summary>The one that names nothing: all bits zero.</summary>
    public static readonly Uuid Zero;

    /// <summary>The topic id of the metadata log.</summary>
    public static readonly Uuid MetadataTopic = new(0, 1);

    /// <summary>A uuid of two halves.</summary>
    public Uuid(ulong high, ulong low)
    {
        High = high;
        Low = low;
    }

    /// <summary>Reads the first 16 bytes.</summary>
    public Uuid(ReadOnlySpan<byte> bytes)
    {
        High = BinaryPrimitives.ReadUInt64BigEndian(bytes);
        Low = BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]);
    }

    /// <summary>The first eight bytes.</summary>
    public ulong High { get; }

    /// <summary>The last eight bytes.</summary>
    public ulong Low { get; }

    /// <summary>
    /// Makes a random uuid of version 4 from 16 random bytes that the caller draws, so that a simulation decides them. Draw again
    /// while <see cref="IsReserved"/>.
    /// </summary>
    public static Uuid FromRandom(ReadOnlySpan<byte> random)
    {
        var drawn = new Uuid(random);
        return new Uuid((drawn.High & 0xFFFF_FFFF_FFFF_0FFF) | 0x4000, (drawn.Low & 0x3FFF_FFFF_FFFF_FFFF) | 0x8000_0000_0000_0000);
    }

    /// <summary>One of the first hundred numbers, which Kafka keeps for itself, or a text that begins with '-', which command lines take for an option.</summary>
    public bool IsReserved => (High == 0 && Low < 100) || High >> 58 == 62;

    /// <summary>Writes 16 bytes.</summary>
    public void WriteTo(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt64BigEndian(destination, High);
        BinaryPrimitives.WriteUInt64BigEndian(destination[8..], Low);
    }

    /// <summary>Reads the 22 characters that <see cref="ToString"/> writes; padding is allowed.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out Uuid uuid)
    {
        uuid = Zero;
        if (text is null) return false;
        ReadOnlySpan<char> core = text.AsSpan().TrimEnd('=');
        Span<byte> bytes = stackalloc byte[SizeInBytes];
        if (core.Length != TextLength) return false;
        if (Base64Url.DecodeFromChars(core, bytes, out _, out int written) != OperationStatus.Done || written != SizeInBytes) return false;
        uuid = new Uuid(bytes);
        return true;
    }

    /// <summary>Reads the text of a uuid.</summary>
    /// <exception cref="FormatException">The text is not 22 characters of base64url.</exception>
    public static Uuid Parse(string text) =>
        TryParse(text, out Uuid uuid) ? uuid : throw new FormatException($"'{text}' is no uuid: 22 characters of base64url are");

    /// <inheritdoc/>
    public bool Equals(Uuid other) => High == other.High && Low == other.Low;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Uuid other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(High, Low);

    /// <summary>Orders by signed halves, as Kafka's java.util-like order does.</summary>
    public int CompareTo(Uuid other)
    {
        int high = ((long)High).CompareTo((long)other.High);
        return high != 0 ? high : ((long)Low).CompareTo((long)other.Low);
    }

    /// <summary>22 characters of base64url.</summary>
    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[SizeInBytes];
        WriteTo(bytes);
        return Base64Url.EncodeToString(bytes);
    }

    /// <summary>The same 16 bytes.</summary>
    public static bool operator ==(Uuid left, Uuid right) => left.Equals(right);

    /// <summary>Other bytes.</summary>
    public static bool operator !=(Uuid left, Uuid right) => !left.Equals(right);

    /// <summary>Comes before.</summary>
    public static bool operator <(Uuid left, Uuid right) => left.CompareTo(right) < 0;

    /// <summary>Comes before or is the same.</summary>
    public static bool operator <=(Uuid left, Uuid right) => left.CompareTo(right) <= 0;

    /// <summary>Comes after.</summary>
    public static bool operator >(Uuid left, Uuid right) => left.CompareTo(right) > 0;

    /// <summary>Comes after or is the same.</summary>
    public static bool operator >=(Uuid left, Uuid right) => left.CompareTo(right) >= 0;
}
