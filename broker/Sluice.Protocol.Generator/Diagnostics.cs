using Microsoft.CodeAnalysis;

namespace Sluice.Protocol.Generator;

/// <summary>What the generator reports; the message names the field and what would be right.</summary>
internal static class Diagnostics
{
    public static readonly DiagnosticDescriptor BadSchema = new(
        "SLP001", "A message schema is wrong", "{0}", "Schema", DiagnosticSeverity.Error, isEnabledByDefault: true);

    public static readonly DiagnosticDescriptor BadSchemaSet = new(
        "SLP002", "Message schemas do not fit together", "{0}", "Schema", DiagnosticSeverity.Error, isEnabledByDefault: true);
}
