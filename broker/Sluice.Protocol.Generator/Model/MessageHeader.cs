namespace Sluice.Protocol.Generator.Model;

/// <summary>What the tables over all messages need of one; compared by value, so that a change of fields does not write them again.</summary>
internal sealed record MessageHeader(
    string Path,
    MessageKind Kind,
    string Name,
    int Key,
    VersionRange Versions,
    VersionRange Flexible,
    int HeaderVersion,
    bool LatestUnstable,
    bool OnBroker,
    bool OnController)
{
    public static MessageHeader Of(MessageSchema message, string path) => new(
        path,
        message.Kind,
        message.Name,
        message.Key,
        message.Versions,
        message.Flexible,
        message.HeaderVersion,
        message.LatestUnstable,
        message.Listeners.Contains("broker"),
        message.Listeners.Contains("controller"));
}
