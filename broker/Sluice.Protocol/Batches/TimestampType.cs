namespace Sluice.Protocol.Batches;

/// <summary>Whose clock a batch's timestamps come from (attribute bit 3; topic configuration <c>message.timestamp.type</c>).</summary>
public enum TimestampType
{
    /// <summary>Each record carries the time its producer gave it.</summary>
    CreateTime = 0,

    /// <summary>Every record of the batch has the batch's max timestamp: the broker's clock at the append.</summary>
    LogAppendTime = 1,
}
