namespace Sluice.Protocol.Generator.Model;

/// <summary>Fields in their order on the wire.</summary>
internal sealed class StructSchema
{
    public StructSchema(string name, int line)
    {
        Name = name;
        Line = line;
    }

    public string Name { get; }

    public int Line { get; }

    public List<FieldSchema> Fields { get; } = [];

    /// <summary>The versions in which the message can hold this struct.</summary>
    public VersionRange Reach { get; set; } = VersionRange.None;

    /// <summary>Some code asks whether all its fields have their defaults.</summary>
    public bool NeedsDefaultTest { get; set; }
}
