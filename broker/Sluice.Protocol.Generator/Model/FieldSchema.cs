namespace Sluice.Protocol.Generator.Model;

/// <summary>One line of a schema: a value, or an array of values, and the versions that have it.</summary>
internal sealed class FieldSchema
{
    public FieldSchema(string name, FieldKind kind, bool isArray, int line)
    {
        Name = name;
        Kind = kind;
        IsArray = isArray;
        Line = line;
    }

    public string Name { get; }

    public FieldKind Kind { get; }

    public bool IsArray { get; }

    /// <summary>Line in the schema file, counted from 0, for diagnostics.</summary>
    public int Line { get; }

    /// <summary>The name of the struct that an element is; null for other kinds.</summary>
    public string? StructName { get; set; }

    /// <summary>What <see cref="StructName"/> names, once the whole file is read.</summary>
    public StructSchema? Struct { get; set; }

    public VersionRange Versions { get; set; } = VersionRange.None;

    public VersionRange Nullable { get; set; } = VersionRange.None;

    public VersionRange Tagged { get; set; } = VersionRange.None;

    public int Tag { get; set; } = -1;

    /// <summary>The default as the schema writes it; null when it says none, which means zero, empty, or a new struct.</summary>
    public string? Default { get; set; }

    /// <summary>A version that lacks the field drops its value silently; otherwise a value beside the default is an error.</summary>
    public bool Ignorable { get; set; }

    /// <summary>The field identifies an element of its array.</summary>
    public bool IsKey { get; set; }

    /// <summary>What the value names: a topic, a group, a broker; for documentation and for whoever maps names.</summary>
    public string? Entity { get; set; }

    /// <summary>The field's own range of compact encoding where it differs from the message's.</summary>
    public VersionRange? Flexible { get; set; }

    public bool DefaultIsNull => Default == "null";

    /// <summary>The versions that write the field in its place and not as a tag.</summary>
    public VersionRange Untagged =>
        Tagged.IsEmpty ? Versions
        : Tagged.Low <= Versions.Low ? VersionRange.None
        : new VersionRange(Versions.Low, Tagged.Low - 1);
}
