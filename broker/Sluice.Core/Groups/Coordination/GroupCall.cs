using Sluice.Core.Shards;
using Sluice.Protocol;

namespace Sluice.Core.Groups.Coordination;

/// <summary>
/// A question to the coordinator of one partition, on its way there and, with the answer, back to the shard that got the request; where
/// both are one shard nothing is posted.
/// </summary>
/// <typeparam name="T">The answer.</typeparam>
/// <param name="home">The shard that got the request.</param>
/// <param name="partition">The partition of <c>__consumer_offsets</c>.</param>
/// <param name="refuse">Makes the answer of a coordinator that is not there, or not yet.</param>
/// <param name="ask">Asks the coordinator, on its shard.</param>
/// <param name="done">Takes the answer, on the shard that got the request.</param>
internal sealed class GroupCall<T>(int home, int partition, Func<ErrorCode, T> refuse, Action<GroupCoordinator, IAnswer<T>> ask, Action<T> done) : ShardTask, IAnswer<T>
    where T : class
{
    private Shard? _owner;
    private T? _answer;

    /// <summary>Asks.</summary>
    /// <param name="shard">The shard that got the request.</param>
    /// <param name="owner">The shard that owns the partition.</param>
    public void Start(Shard shard, int owner)
    {
        if (owner == shard.Index) Ask(shard);
        else shard.Host.Post(owner, this);
    }

    /// <inheritdoc/>
    public override void Run(Shard shard)
    {
        if (_answer is not null) done(_answer);
        else Ask(shard);
    }

    /// <inheritdoc/>
    public void Send(T answer)
    {
        Invariant.Check(_answer is null, "a question to a group was answered twice");
        _answer = answer;
        if (_owner!.Index == home) done(answer);
        else _owner.Host.Post(home, this);
    }

    private void Ask(Shard owner)
    {
        _owner = owner;
        GroupCoordinator? coordinator = owner.Groups.Find(partition);
        ErrorCode error = coordinator?.Availability ?? ErrorCode.NotCoordinator;
        if (error == ErrorCode.None) Ask(owner, coordinator!);
        else Send(refuse(error));
    }

    /// <summary>A bug that a question finds in the coordinator may cost its group, never the broker; a failed append is another matter.</summary>
    private void Ask(Shard owner, GroupCoordinator coordinator)
    {
        try
        {
            ask(coordinator, this);
        }
        catch (Exception e) when (e is not InvariantException and not HaltedException)
        {
            owner.Apis.LogFailure(owner, $"the coordinator of partition {partition} failed at a request: {e.GetType().Name}: {e.Message}", e);
            if (_answer is null) Send(refuse(ErrorCode.UnknownServerError));
        }
    }
}
