using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Sluice.Core.Producing;

/// <summary>Why a client's batch is not appended, as the answer says it.</summary>
/// <param name="Code">The error of the partition.</param>
/// <param name="Message">What the client is told beside the code (from Produce version 8 on); null where Kafka tells nothing either.</param>
/// <param name="RecordErrors">The records that are to blame, by their index in the batch (KIP-467); null when the batch as a whole is.</param>
internal sealed record BatchRefusal(ErrorCode Code, string? Message = null, List<ProduceResponse.BatchIndexAndErrorMessage>? RecordErrors = null)
{
    /// <summary>No refusal but a delay: the records take longer to look at than a shard can wait.</summary>
    public static readonly BatchRefusal NeedsTime = new(ErrorCode.None);

    /// <summary>The broker's own fault.</summary>
    public static readonly BatchRefusal ByABug = new(ErrorCode.UnknownServerError, "the broker failed to check the batch") { TellsLogStart = false };

    /// <summary>Whether the answer tells where the log begins; Kafka does not for what it refuses before it looks at the log.</summary>
    public bool TellsLogStart { get; init; } = true;
}
