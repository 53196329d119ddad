namespace Sluice.Protocol.Generator.Model;

/// <summary>Where a message is used; the first word of a schema.</summary>
internal enum MessageKind
{
    Request,
    Response,
    Header,
    MetadataRecord,
    RemoteLogRecord,
    GroupKey,
    GroupValue,
    TransactionKey,
    TransactionValue,
    ShareKey,
    ShareValue,
    Data,
}

internal static class MessageKinds
{
    public static readonly IReadOnlyDictionary<string, MessageKind> ByWord = new Dictionary<string, MessageKind>
    {
        ["request"] = MessageKind.Request,
        ["response"] = MessageKind.Response,
        ["header"] = MessageKind.Header,
        ["metadata-record"] = MessageKind.MetadataRecord,
        ["remote-log-record"] = MessageKind.RemoteLogRecord,
        ["group-key"] = MessageKind.GroupKey,
        ["group-value"] = MessageKind.GroupValue,
        ["transaction-key"] = MessageKind.TransactionKey,
        ["transaction-value"] = MessageKind.TransactionValue,
        ["share-key"] = MessageKind.ShareKey,
        ["share-value"] = MessageKind.ShareValue,
        ["data"] = MessageKind.Data,
    };

    /// <summary>The attribute that carries the number of a message of this kind; null when it has none.</summary>
    public static string? KeyAttribute(MessageKind kind) => kind switch
    {
        MessageKind.Request or MessageKind.Response => "api",
        MessageKind.Header or MessageKind.Data => null,
        _ => "key",
    };
}
