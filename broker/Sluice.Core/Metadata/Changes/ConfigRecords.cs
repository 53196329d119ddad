using Sluice.Core.Metadata.Images;
using Sluice.Protocol.Messages;

namespace Sluice.Core.Metadata.Changes;

/// <summary>Records of settings.</summary>
internal static class ConfigRecords
{
    /// <summary>Gives a setting a value.</summary>
    public static ChangeRecord Set(ConfigResource resource, string name, string value) => Record(resource, name, value);

    /// <summary>Takes a setting away.</summary>
    public static ChangeRecord Delete(ConfigResource resource, string name) => Record(resource, name, null);

    private static ChangeRecord Record(ConfigResource resource, string name, string? value) =>
        new(new ConfigRecord { ResourceType = (sbyte)resource.Type, ResourceName = resource.Name, Name = name, Value = value });
}
