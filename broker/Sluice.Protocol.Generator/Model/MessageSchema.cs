namespace Sluice.Protocol.Generator.Model;

/// <summary>A whole schema file.</summary>
internal sealed class MessageSchema
{
    public MessageSchema(MessageKind kind, string name, int line)
    {
        Kind = kind;
        Root = new StructSchema(name, line);
    }

    public MessageKind Kind { get; }

    public StructSchema Root { get; }

    public string Name => Root.Name;

    /// <summary>The API of a request or response, the type number of a record; -1 when the kind has none.</summary>
    public int Key { get; set; } = -1;

    public VersionRange Versions { get; set; } = VersionRange.None;

    public VersionRange Flexible { get; set; } = VersionRange.None;

    /// <summary>The fixed version of the header before this response; -1 when it follows from <see cref="Flexible"/>.</summary>
    public int HeaderVersion { get; set; } = -1;

    public bool LatestUnstable { get; set; }

    public List<string> Listeners { get; } = [];

    /// <summary>The comment lines before the header, joined.</summary>
    public string Remark { get; set; } = "";

    /// <summary>Structs beside the root in the order of their first appearance.</summary>
    public List<StructSchema> Structs { get; } = [];
}
