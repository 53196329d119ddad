using Sluice.Core.Metadata.Changes;
using Sluice.Core.Requests;
using Sluice.Core.Shards;
using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Sluice.Core.Metadata.Control;

/// <summary>
/// A question that the controller answers: it sees the last change, and the answer leaves when all that it saw is durable, so that
/// nobody is told of what a crash may take back.
/// </summary>
/// <param name="context">The request.</param>
/// <param name="answer">Answers from the metadata, on shard 0.</param>
internal sealed class ControllerQuery(RequestContext context, Func<ChangeScope, IMessage> answer) : ControllerOperation
{
    private IMessage? _answer;

    public override IReadOnlyList<ChangeRecord> Compute(ChangeScope scope)
    {
        _answer = answer(scope);
        return [];
    }

    public override void Succeed(Shard shard) => context.Respond(_answer!);

    // Only what writes records can fail; whoever asks in vain asks again.
    public override void Fail(Shard shard, ErrorCode error) => context.CloseConnection($"the controller cannot answer: {error.ProtocolName()}");
}
