using Sluice.Core.Metadata.Changes;
using Sluice.Core.Metadata.Control;
using Sluice.Core.Requests;
using Sluice.Core.Shards;
using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Sluice.Core.Api;

/// <summary>
/// InitProducerId for idempotent producers: each gets an id that no producer ever had, with epoch 0. The shard takes ids from a block
/// of its own, which the metadata says no other has. Transactions are not served.
/// </summary>
internal sealed class InitProducerId() : ApiHandler<InitProducerIdRequest>(ApiKey.InitProducerId, InitProducerIdRequest.MinVersion, MaxServedVersion)
{
    // Version 6 belongs to two-phase commits and is not yet final in Kafka, which does not advertise it either.
    private const short MaxServedVersion = 5;

    private readonly Queue<RequestContext> _waiting = new();
    private long _nextId;
    private long _endOfBlock;

    /// <inheritdoc/>
    protected override void Handle(Shard shard, RequestContext context, InitProducerIdRequest request)
    {
        ErrorCode error = Check(request);
        if (error != ErrorCode.None)
        {
            context.Respond(Refusal(error));
            return;
        }
        if (_waiting.Count == 0 && _nextId < _endOfBlock)
        {
            Answer(context);
            return;
        }
        _waiting.Enqueue(context);
        if (_waiting.Count == 1) Controller.Submit(shard, new Allocation(this));
    }

    private static ErrorCode Check(InitProducerIdRequest request)
    {
        if (request.TransactionalId is { Length: 0 }) return ErrorCode.InvalidRequest;
        if ((request.ProducerId == -1) != (request.ProducerEpoch == -1)) return ErrorCode.InvalidRequest;
        // Fatal to a transactional producer, and shown by clients as "the version of API is not supported", instead of tried for ever.
        return request.TransactionalId is null ? ErrorCode.None : ErrorCode.UnsupportedVersion;
    }

    private static InitProducerIdResponse Refusal(ErrorCode error) => new() { ErrorCode = error, ProducerId = -1, ProducerEpoch = -1 };

    // A producer that comes with an id of its own wants a new start as well (KIP-360): only transactions go on under an old id.
    private void Answer(RequestContext context) => context.Respond(new InitProducerIdResponse { ProducerId = _nextId++, ProducerEpoch = 0 });

    private void TakeBlock(Shard shard, long first)
    {
        _nextId = first;
        _endOfBlock = first + AllocateProducerIdsChange.BlockIds;
        while (_nextId < _endOfBlock && _waiting.TryDequeue(out RequestContext? context)) Answer(context);
        if (_waiting.Count > 0) Controller.Submit(shard, new Allocation(this));
    }

    private void RefuseAll(ErrorCode error)
    {
        while (_waiting.TryDequeue(out RequestContext? context)) context.Respond(Refusal(error));
    }

    private sealed class Allocation(InitProducerId handler) : ControllerOperation
    {
        private long _first;

        public override IReadOnlyList<ChangeRecord> Compute(ChangeScope scope)
        {
            ChangeResult<long> result = AllocateProducerIdsChange.Compute(scope, scope.Properties.NodeId);
            _first = result.Answer;
            return result.Records;
        }

        public override void Succeed(Shard shard) => handler.TakeBlock(shard, _first);

        public override void Fail(Shard shard, ErrorCode error) => handler.RefuseAll(error);
    }
}
