using Sluice.Core.Metadata.Changes;
using Sluice.Core.Shards;
using Sluice.Protocol;

namespace Sluice.Core.Metadata.Control;

/// <summary>
/// One change on its way through the controller: computed on shard 0, and completed on the shard that submitted it when the change is
/// durable and every shard of the node has seen it. Exactly one of <see cref="Succeed"/> and <see cref="Fail"/> is called.
/// </summary>
internal abstract class ControllerOperation
{
    /// <summary>The shard that submitted it.</summary>
    internal int SubmittedBy { get; set; }

    /// <summary>The records of the change; none when nothing changes. Keeps what <see cref="Succeed"/> needs to answer.</summary>
    public abstract IReadOnlyList<ChangeRecord> Compute(ChangeScope scope);

    /// <summary>The change counts.</summary>
    public abstract void Succeed(Shard shard);

    /// <summary>The change could not be written, and does not count.</summary>
    public abstract void Fail(Shard shard, ErrorCode error);
}
