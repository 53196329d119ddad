using System.Globalization;
using Sluice.Core.Metadata.Images;
using Sluice.Protocol;

namespace Sluice.Core.Metadata.Changes;

/// <summary>Says whether a resource has settings that this node can change.</summary>
internal static class ConfigTargets
{
    public static ChangeError Check(ChangeScope scope, ConfigResource resource) => resource.Type switch
    {
        ConfigResourceType.Topic => CheckTopic(scope, resource.Name),
        ConfigResourceType.Broker => CheckBroker(scope, resource.Name),
        ConfigResourceType.BrokerLogger => CheckLogger(scope, resource.Name),
        ConfigResourceType.ClientMetrics => Unsupported("Client metrics are not supported."),
        ConfigResourceType.Group => Unsupported("Settings of groups are not supported."),
        _ => new(ErrorCode.InvalidRequest, $"Unknown resource type {(sbyte)resource.Type}"),
    };

    private static ChangeError CheckTopic(ChangeScope scope, string name)
    {
        if (name.Length == 0) return new(ErrorCode.InvalidRequest, "Default topic resources are not allowed.");
        if (TopicNames.Check(name) is { } invalid) return new(ErrorCode.InvalidTopicException, invalid);
        return scope.Image.Topics.ByName(name) is null
            ? new(ErrorCode.UnknownTopicOrPartition, $"The topic '{name}' does not exist.")
            : ChangeError.None;
    }

    private static ChangeError CheckBroker(ChangeScope scope, string name)
    {
        if (name.Length == 0) return ChangeError.None;
        if (!int.TryParse(name, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int id))
            return new(ErrorCode.InvalidRequest, $"Node id must be an integer, but it is: {name}");
        return id == scope.Properties.NodeId
            ? ChangeError.None
            : new(ErrorCode.InvalidRequest, $"Unexpected broker id, expected {scope.Properties.NodeId}, but received {id}");
    }

    private static ChangeError CheckLogger(ChangeScope scope, string name)
    {
        if (!int.TryParse(name, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int id))
            return new(ErrorCode.InvalidRequest, $"Node id must be an integer, but it is: {name}");
        return id == scope.Properties.NodeId
            ? Unsupported("Levels of loggers cannot be changed at run time. Start the broker with sluice.log.level.")
            : new(ErrorCode.InvalidRequest, $"Unexpected node id. Expected {scope.Properties.NodeId}, but received {id}");
    }

    private static ChangeError Unsupported(string message) => new(ErrorCode.InvalidRequest, message);
}
