using Sluice.Core.Shards;
using Sluice.Protocol;
using Sluice.Protocol.Messages;
using Sluice.Storage.Disk;
using Sluice.Storage.Logs;

namespace Sluice.Core.Listing;

/// <summary>
/// A shard's searches by time that have to read from the disk or to look into batches. They do so off the shard, a step of one of them at a
/// time: a request may ask for very many, and those who write share the threads that decode.
/// </summary>
internal sealed class TimestampSearches(Shard shard)
{
    private readonly Queue<PartitionSearch> _waiting = new();
    private bool _isUnderWay;

    /// <summary>Has the next step of a search done.</summary>
    public void Add(PartitionSearch search)
    {
        _waiting.Enqueue(search);
        StartNext();
    }

    /// <summary>A step is done; where the search is not over it was added again.</summary>
    public void StepIsDone()
    {
        _isUnderWay = false;
        StartNext();
    }

    private void StartNext()
    {
        if (_isUnderWay || !_waiting.TryDequeue(out PartitionSearch? next)) return;
        _isUnderWay = true;
        shard.Host.RunInBackground(next);
    }
}

/// <summary>The search by time in one partition of a ListOffsets request.</summary>
/// <param name="part">The request's part that asked.</param>
/// <param name="topicId">The topic.</param>
/// <param name="answer">Where the result goes.</param>
/// <param name="search">The search.</param>
internal sealed class PartitionSearch(ListOffsetsPart part, Uuid topicId, ListOffsetsResponse.ListOffsetsPartitionResponse answer, TimestampSearch search) : BackgroundTask
{
    /// <inheritdoc/>
    public override BackgroundKind Kind => search.Decodes ? BackgroundKind.Decoding : BackgroundKind.Reading;

    /// <inheritdoc/>
    public override void Execute() => search.Execute();

    /// <inheritdoc/>
    public override void Complete(Shard shard, Exception? error)
    {
        // Whatever happened meanwhile: the partition may be gone, or its log may have failed.
        ListedOffset? found = error is not null ? Failure(shard, error)
            : shard.Partitions.Find(topicId, answer.PartitionIndex) is { } partition ? OffsetSearch.Continue(shard, partition, search, part.IsDebugger)
            : ListedOffset.Failed(ErrorCode.UnknownTopicOrPartition);
        if (found is { } result) part.Found(shard, answer, result);
        else shard.Partitions.Searches.Add(this);
        shard.Partitions.Searches.StepIsDone();
    }

    private ListedOffset Failure(Shard shard, Exception error)
    {
        string what = $"partition {answer.PartitionIndex} of topic {topicId} cannot be searched by time";
        if (error is DiskException)
        {
            shard.Host.Log(LogSeverity.Error, what, error);
            return ListedOffset.Failed(ErrorCode.KafkaStorageError);
        }
        shard.Apis.LogFailure(shard, $"{what}: {error.GetType().Name}: {error.Message}", error);
        return ListedOffset.Failed(ErrorCode.UnknownServerError);
    }
}
