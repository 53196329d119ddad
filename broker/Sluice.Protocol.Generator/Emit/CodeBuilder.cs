using System.Text;

namespace Sluice.Protocol.Generator.Emit;

/// <summary>Lines of C# with their indentation.</summary>
internal sealed class CodeBuilder
{
    private readonly StringBuilder _text = new();
    private int _depth;

    public CodeBuilder Line(string text = "")
    {
        if (text.Length != 0) _text.Append(' ', _depth * 4).Append(text);
        _text.Append('\n');
        return this;
    }

    /// <summary>The opening brace of what the line before began.</summary>
    public CodeBuilder Open()
    {
        Line("{");
        _depth++;
        return this;
    }

    public CodeBuilder Close(string after = "")
    {
        _depth--;
        return Line("}" + after);
    }

    /// <summary>Opens a block that runs under a condition; null means always, and opens none.</summary>
    public CodeBuilder OpenIf(string? condition) => condition is null ? this : Line($"if ({condition})").Open();

    public CodeBuilder CloseIf(string? condition) => condition is null ? this : Close();

    public override string ToString() => _text.ToString();
}
