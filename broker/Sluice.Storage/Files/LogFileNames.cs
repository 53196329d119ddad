using System.Globalization;

namespace Sluice.Storage.Files;

/// <summary>Names of the files and directories of a log, as Kafka gives them.</summary>
internal static class LogFileNames
{
    public const string Log = ".log";
    public const string Index = ".index";
    public const string TimeIndex = ".timeindex";
    public const string TransactionIndex = ".txnindex";
    public const string Snapshot = ".snapshot";
    public const string Deleted = ".deleted";
    public const string Cleaned = ".cleaned";
    public const string Swap = ".swap";
    public const string Temporary = ".tmp";

    /// <summary>What a recovery had to cut although it had been flushed: kept beside the log, and read by nobody.</summary>
    public const string Lost = ".lost";

    public const string LeaderEpochs = "leader-epoch-checkpoint";
    public const string PartitionMetadata = "partition.metadata";
    public const string DeleteDirectory = "-delete";
    public const string FutureDirectory = "-future";
    public const string StrayDirectory = "-stray";

    private const int OffsetDigits = 20;
    private const int FileNameBytesMax = 255;

    /// <summary>The suffixes of all files that a segment has of its own.</summary>
    public static ReadOnlySpan<string> SegmentSuffixes => new[] { Log, Index, TimeIndex, TransactionIndex };

    public static string File(string directory, long offset, string suffix) =>
        string.Create(CultureInfo.InvariantCulture, $"{directory}/{offset:D20}{suffix}");

    /// <summary>The offset in a name like 00000000000000000042.log, when it ends with <paramref name="suffix"/>.</summary>
    public static bool TryParseOffset(string name, string suffix, out long offset)
    {
        offset = 0;
        return name.Length == OffsetDigits + suffix.Length && name.EndsWith(suffix, StringComparison.Ordinal)
            && long.TryParse(name.AsSpan(0, OffsetDigits), NumberStyles.None, CultureInfo.InvariantCulture, out offset);
    }

    public static string Partition(string topic, int partition) => string.Create(CultureInfo.InvariantCulture, $"{topic}-{partition}");

    /// <summary>The name of a directory that waits for its deletion; a long topic's name is cut so that the file system takes it.</summary>
    public static string Deleting(string topic, int partition, string uniqueId) => SetAside(topic, partition, uniqueId, DeleteDirectory);

    /// <summary>The name of a directory that the metadata does not know, and that is kept for its owner to look at.</summary>
    public static string Stray(string topic, int partition, string uniqueId) => SetAside(topic, partition, uniqueId, StrayDirectory);

    /// <summary>Whether a name is one of <see cref="Deleting"/>: a name that only ends alike is somebody else's.</summary>
    public static bool IsDeleting(string name)
    {
        if (!name.EndsWith(DeleteDirectory, StringComparison.Ordinal))
            return false;
        ReadOnlySpan<char> rest = name.AsSpan(0, name.Length - DeleteDirectory.Length);
        int dot = rest.LastIndexOf('.');
        if (dot < 0 || dot + 1 == rest.Length)
            return false;
        foreach (char c in rest[(dot + 1)..])
        {
            if (!char.IsAsciiHexDigit(c))
                return false;
        }
        return TryParsePartition(rest[..dot].ToString(), out _, out _);
    }

    private static string SetAside(string topic, int partition, string uniqueId, string ending)
    {
        string suffix = string.Create(CultureInfo.InvariantCulture, $"-{partition}.{uniqueId}{ending}");
        return string.Concat(topic.AsSpan(0, Math.Min(topic.Length, FileNameBytesMax - suffix.Length)), suffix);
    }

    /// <summary>Topic and partition of a directory named "topic-partition".</summary>
    public static bool TryParsePartition(string name, out string topic, out int partition)
    {
        int dash = name.LastIndexOf('-');
        topic = dash > 0 ? name[..dash] : "";
        partition = 0;
        return dash > 0 && int.TryParse(name.AsSpan(dash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out partition);
    }
}
