using Sluice.Protocol.Generator.Model;

namespace Sluice.Protocol.Generator.Emit;

/// <summary>Writes the method by which a response names the errors that it carries, in itself and in its parts.</summary>
internal static class ErrorsEmitter
{
    /// <summary>The struct or a part of it has an error code.</summary>
    public static bool HasErrors(MessageSchema message, StructSchema s) => s.Fields.Exists(field =>
        new FieldCode(message, s, field) is { Versions.IsEmpty: false } code
        && (code.IsErrorCode || (field.Struct is not null && HasErrors(message, field.Struct))));

    public static void Emit(CodeBuilder code, MessageSchema message, FieldCode[] fields)
    {
        foreach (FieldCode field in fields)
        {
            if (field.IsErrorCode)
            {
                code.Line($"if ({field.Name} != ErrorCode.None) collector.Add({field.Name});");
            }
            else if (field.Field.Struct is { } part && HasErrors(message, part))
            {
                if (field.Field.IsArray) EmitArray(code, field);
                else code.Line($"{field.Name}{(field.Type.EndsWith("?", System.StringComparison.Ordinal) ? "?" : "")}.CollectErrors(collector);");
            }
        }
    }

    private static void EmitArray(CodeBuilder code, FieldCode field)
    {
        code.OpenIf(field.IsNullable ? $"{field.Name} is not null" : null);
        code.Line($"foreach ({field.ElementType} part in {field.Name}) part.CollectErrors(collector);");
        code.CloseIf(field.IsNullable ? "" : null);
    }
}
