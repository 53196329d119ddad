using System.Text.Json.Nodes;
using Sluice.Local.ApiServer.Documents;
using Sluice.Local.ApiServer.Schemas;

namespace Sluice.Local.ApiServer.Cel;

/// <summary>One entry of x-kubernetes-validations, compiled.</summary>
internal sealed record CelRule(CelProgram Program, CelProgram? MessageProgram, string Rule, string? Message, string Reason, string? FieldPath, bool OptionalOldSelf)
{
    /// <summary>Compiles a rule for values of a schema.</summary>
    /// <exception cref="FormatException">The rule, or the expression of its message, cannot be compiled.</exception>
    public static CelRule Compile(JsonObject entry, Schema schema)
    {
        var optional = entry.Bool("optionalOldSelf") == true;
        var self = CelType.Of(schema);
        var variables = new Dictionary<string, CelType> { ["self"] = self, ["oldSelf"] = optional ? CelType.Optional(self) : self };
        var text = entry.String("rule") ?? "";
        var program = CelProgram.Compile(text.Trim(), variables);
        var message = entry.String("messageExpression") is { Length: > 0 } expression ? CelProgram.Compile(expression.Trim(), variables) : null;
        return new CelRule(
            program, message, text, entry.String("message"), entry.String("reason") ?? "FieldValueInvalid", entry.String("fieldPath"), optional);
    }
}
