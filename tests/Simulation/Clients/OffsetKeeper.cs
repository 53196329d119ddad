using Simulation.Models;
using Simulation.Runs;
using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Simulation.Clients;

/// <summary>
/// Commits offsets without being a member, and asks for them: they stay for <c>offsets.retention.minutes</c> after the last commit and are
/// gone soon after that.
/// </summary>
internal sealed class OffsetKeeper(World world) : SimClient(world, "keeper")
{
    /// <summary>How long offsets are kept, in minutes.</summary>
    public const int RetentionMinutes = 1;

    /// <summary>How often the node looks for offsets to forget, in milliseconds.</summary>
    public const int CheckMs = 2_000;

    private const int RetentionMs = RetentionMinutes * 60_000;

    /// <summary>A start of the node, or a slow disk, may put the next look off.</summary>
    private const int LateMs = 3 * CheckMs + 4_000;

    private const string Group = "kept";
    private readonly List<Commit> _open = [];
    private Commit? _last;
    private bool _mayBeLost;
    private bool _isReady;
    private long _lastCommitted;
    private long _restingUntilMs;

    /// <inheritdoc/>
    public override void Act()
    {
        if (Outstanding > 0) return;
        if (!_isReady) Find();
        else if (World.Random.Next(4) == 0) Ask();
        else if (World.Clock.ElapsedMs >= _restingUntilMs) CommitNext();
    }

    /// <inheritdoc/>
    public override bool Uses(string topic) => false;

    /// <summary>Asks for the offset now.</summary>
    public void Ask() => Send<OffsetFetchResponse>(new OffsetFetchRequest { Groups = [new() { GroupId = Group, Topics = [new() { Name = GroupModel.Topic, PartitionIndexes = [0] }] }] }, 8, response =>
    {
        OffsetFetchResponse.OffsetFetchResponseGroup answer = response.Groups[0];
        World.Trace.Note($"{Name} is told {answer.ErrorCode} {(answer.Topics.Count > 0 ? answer.Topics[0].Partitions[0].CommittedOffset : -1)}");
        if (answer.ErrorCode == ErrorCode.None) Told(answer.Topics[0].Partitions[0].CommittedOffset);
        else if (answer.ErrorCode is not (ErrorCode.CoordinatorLoadInProgress or ErrorCode.NotCoordinator)) throw new Violation($"OffsetFetch was answered {answer.ErrorCode}");
    });

    /// <summary>The broker has started again.</summary>
    /// <param name="mayHaveLost">Whether acknowledged commits may be gone.</param>
    public void Restarted(bool mayHaveLost) => _mayBeLost |= mayHaveLost;

    /// <inheritdoc/>
    protected override void Disconnected()
    {
        // What was committed meanwhile stays open.
    }

    private void Find() => Send<FindCoordinatorResponse>(new FindCoordinatorRequest { CoordinatorKeys = [Group] }, 4, response =>
    {
        if (response.Coordinators[0].ErrorCode != ErrorCode.None) return;
        Send<CreateTopicsResponse>(
            new CreateTopicsRequest { TimeoutMs = 10_000, Topics = [new() { Name = GroupModel.Topic, NumPartitions = GroupModel.Partitions, ReplicationFactor = 1 }] }, 7,
            made => _isReady = made.Topics[0].ErrorCode is ErrorCode.None or ErrorCode.TopicAlreadyExists);
    });

    private void CommitNext()
    {
        var commit = new Commit(++_lastCommitted, World.Clock.ElapsedMs);
        _open.Add(commit);
        // Long enough, now and then, for the offset to expire.
        if (World.Random.Next(4) == 0) _restingUntilMs = World.Clock.ElapsedMs + RetentionMs + LateMs + World.Random.Next(RetentionMs);
        var request = new OffsetCommitRequest
        {
            GroupId = Group, MemberId = "", GenerationIdOrMemberEpoch = -1,
            Topics = [new() { Name = GroupModel.Topic, Partitions = [new() { PartitionIndex = 0, CommittedOffset = commit.Offset, CommittedMetadata = "" }] }],
        };
        Send<OffsetCommitResponse>(request, Version(2, 9), response =>
        {
            World.Trace.Note($"{Name} commits {commit.Offset}: {response.Topics[0].Partitions[0].ErrorCode}");
            if (response.Topics[0].Partitions[0].ErrorCode != ErrorCode.None) return;
            // Those before it are over; one request is under way at a time, but a connection may have been lost.
            _last = commit with { UntilMs = World.Clock.ElapsedMs };
            _open.Remove(commit);
            _mayBeLost = false;
        });
    }

    private void Told(long offset)
    {
        // Until the next commit, which one is the last is anybody's guess.
        if (_mayBeLost) return;
        if (offset >= 0)
        {
            if (_open.Find(c => c.Offset == offset) is { } open && (_last is null || open.Offset > _last.Offset)) _last = open with { UntilMs = World.Clock.ElapsedMs };
            else if (_last?.Offset != offset && !_open.Exists(c => c.Offset == offset)) throw new Violation($"{Name}: the offset {offset} is told, and {_last?.Offset} was committed last");
            else if (_last?.Offset == offset && _open.TrueForAll(c => c.Offset < offset) && World.Clock.ElapsedMs - _last.UntilMs > RetentionMs + LateMs && World.Clock.ElapsedMs - World.RestartedAtMs > LateMs)
                throw new Violation($"{Name}: the offset {offset} was committed {World.Clock.ElapsedMs - _last.UntilMs} ms ago, and offsets are kept for {RetentionMs} ms");
        }
        else if (_last is not null && World.Clock.ElapsedMs - _last.SinceMs < RetentionMs)
        {
            throw new Violation($"{Name}: the offset {_last.Offset} was committed {World.Clock.ElapsedMs - _last.SinceMs} ms ago and is forgotten, and offsets are kept for {RetentionMs} ms");
        }
    }

    private sealed record Commit(long Offset, long SinceMs)
    {
        public long UntilMs { get; init; }
    }
}
