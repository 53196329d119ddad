using System.Globalization;
using Sluice.Core.Metadata.Images;

namespace Sluice.Core.Metadata.Log;

/// <summary>Names a snapshot by where it ends.</summary>
/// <param name="EndOffset">The offset after the last record that it contains.</param>
/// <param name="Epoch">The leader epoch of that record.</param>
internal readonly record struct SnapshotId(long EndOffset, int Epoch) : IComparable<SnapshotId>
{
    public const string Suffix = ".checkpoint";

    private const int OffsetDigits = 20;
    private const int EpochDigits = 10;

    /// <summary>The name of its file.</summary>
    public string FileName => string.Create(CultureInfo.InvariantCulture, $"{EndOffset:D20}-{Epoch:D10}{Suffix}");

    public static SnapshotId Of(MetadataImage image) => new(image.Offset + 1, image.Epoch);

    public static bool TryParse(string fileName, out SnapshotId id)
    {
        id = default;
        if (fileName.Length != OffsetDigits + 1 + EpochDigits + Suffix.Length || fileName[OffsetDigits] != '-') return false;
        if (!fileName.EndsWith(Suffix, StringComparison.Ordinal)) return false;
        if (!long.TryParse(fileName.AsSpan(0, OffsetDigits), NumberStyles.None, CultureInfo.InvariantCulture, out long offset)) return false;
        if (!int.TryParse(fileName.AsSpan(OffsetDigits + 1, EpochDigits), NumberStyles.None, CultureInfo.InvariantCulture, out int epoch)) return false;
        id = new(offset, epoch);
        return true;
    }

    public int CompareTo(SnapshotId other) => EndOffset != other.EndOffset ? EndOffset.CompareTo(other.EndOffset) : Epoch.CompareTo(other.Epoch);
}
