namespace Sluice.Protocol.Generator.Schema;

/// <summary>What is wrong with a schema, and on which line (from 0).</summary>
internal readonly struct SchemaError
{
    public SchemaError(int line, string message)
    {
        Line = line;
        Message = message;
    }

    public int Line { get; }

    public string Message { get; }
}
