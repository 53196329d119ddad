using Sluice.Core.Shards;
using Sluice.Storage.Disk;
using Sluice.Storage.Logs;

namespace Sluice.Core.Fetching;

/// <summary>Brings into memory what a part of a fetch needs, off the shard, and then has the part read again.</summary>
internal sealed class ColdReads(FetchPart part, List<ColdRead> reads) : BackgroundTask
{
    private DiskException? _failure;

    /// <inheritdoc/>
    public override BackgroundKind Kind => BackgroundKind.Reading;

    /// <inheritdoc/>
    public override void Execute()
    {
        foreach (ColdRead read in reads)
        {
            try
            {
                read.Execute();
            }
            catch (DiskException e)
            {
                // The others keep files open until they are read; the read that follows meets the error again and answers with it.
                _failure ??= e;
            }
        }
    }

    /// <inheritdoc/>
    public override void Complete(Shard shard, Exception? error)
    {
        if ((error ?? _failure) is { } failure) shard.Host.Log(LogSeverity.Warning, "records could not be brought into memory for a fetch", failure);
        part.ReadAgain(shard);
    }
}
