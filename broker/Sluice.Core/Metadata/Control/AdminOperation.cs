using Sluice.Core.Metadata.Changes;
using Sluice.Core.Requests;
using Sluice.Core.Shards;
using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Sluice.Core.Metadata.Control;

/// <summary>A change that a client asked for, answered when it counts or when the client's time is over.</summary>
/// <typeparam name="TResponse">The answer.</typeparam>
internal sealed class AdminOperation<TResponse> : ControllerOperation
    where TResponse : class, IMessage
{
    private readonly RequestContext _context;
    private readonly Func<ChangeScope, ChangeResult<TResponse>> _compute;
    private readonly Func<ErrorCode, TResponse> _refuse;
    private readonly TimeOut _timeOut;
    private TResponse? _answer;
    private bool _isAnswered;

    private AdminOperation(RequestContext context, Func<ChangeScope, ChangeResult<TResponse>> compute, Func<ErrorCode, TResponse> refuse)
    {
        _context = context;
        _compute = compute;
        _refuse = refuse;
        _timeOut = new TimeOut(this);
    }

    /// <summary>Sends a change to the controller.</summary>
    /// <param name="shard">The shard that got the request.</param>
    /// <param name="context">The request.</param>
    /// <param name="timeoutMs">How long the client waits, from the request; null when it does not say.</param>
    /// <param name="compute">Computes the change.</param>
    /// <param name="refuse">Makes the answer that refuses all that was asked with one error.</param>
    public static void Submit(
        Shard shard, RequestContext context, int? timeoutMs, Func<ChangeScope, ChangeResult<TResponse>> compute, Func<ErrorCode, TResponse> refuse)
    {
        if (timeoutMs <= 0)
        {
            // No change can be durable in no time: as Kafka does, nothing is begun.
            context.Respond(refuse(ErrorCode.RequestTimedOut));
            return;
        }
        var operation = new AdminOperation<TResponse>(context, compute, refuse);
        if (timeoutMs is { } wait) shard.Timers.Schedule(operation._timeOut, shard.MonotonicMs + wait);
        Controller.Submit(shard, operation);
    }

    public override IReadOnlyList<ChangeRecord> Compute(ChangeScope scope)
    {
        ChangeResult<TResponse> result = _compute(scope);
        _answer = result.Answer;
        return result.Records;
    }

    public override void Succeed(Shard shard) => Answer(shard, _answer!);

    public override void Fail(Shard shard, ErrorCode error) => Answer(shard, _refuse(error));

    private void Answer(Shard shard, TResponse response)
    {
        if (_isAnswered) return;
        _isAnswered = true;
        shard.Timers.Cancel(_timeOut);
        _context.Respond(response);
    }

    // The change goes on: the client is told that it does not know the outcome.
    private sealed class TimeOut(AdminOperation<TResponse> operation) : ShardTimer
    {
        public override void Fire(Shard shard) => operation.Answer(shard, operation._refuse(ErrorCode.RequestTimedOut));
    }
}
