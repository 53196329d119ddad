using Sluice.Protocol.Generator.Model;

namespace Sluice.Protocol.Generator.Emit;

/// <summary>Writes the body of <c>Write</c>, which trusts that <c>Measure</c> found the message fit.</summary>
internal static class WriteEmitter
{
    public static void Emit(CodeBuilder code, MessageSchema message, StructSchema owner, FieldCode[] fields)
    {
        foreach (FieldCode field in fields)
        {
            if (field.Untagged.IsEmpty) continue;
            string? present = Conditions.In(field.Untagged, owner.Reach);
            code.OpenIf(present);
            Value(code, field, field.Untagged);
            code.CloseIf(present);
        }
        string flexible = FieldCode.FlexibleValue(message, owner);
        if (flexible == "false") return;
        FieldCode[] tagged = [.. fields.Where(f => !f.Tagged.IsEmpty).OrderBy(f => f.Field.Tag)];
        if (tagged.Length == 0)
            code.Line(flexible == "true" ? "writer.WriteNoTags();" : "if (flexible) writer.WriteNoTags();");
        else
            Tags(code, message, owner, flexible, tagged);
    }

    /// <summary>The version has the tag, and the value is beside its default.</summary>
    public static string TagIsWritten(MessageSchema message, StructSchema owner, FieldCode field)
    {
        string? present = Conditions.In(field.Tagged, owner.Reach.Intersect(message.Flexible));
        return present is null ? field.IsSet : $"{present} && {field.IsSet}";
    }

    private static void Tags(CodeBuilder code, MessageSchema message, StructSchema owner, string flexible, FieldCode[] tagged)
    {
        string? condition = flexible == "true" ? null : "flexible";
        code.OpenIf(condition);
        code.Line("int tags = 0;");
        foreach (FieldCode field in tagged) code.Line($"if ({TagIsWritten(message, owner, field)}) tags++;");
        code.Line("writer.WriteUnsignedVarint(tags);");
        foreach (FieldCode field in tagged)
        {
            code.Line($"if ({TagIsWritten(message, owner, field)})").Open();
            code.Line("WireSize tag = default;");
            MeasureEmitter.Value(code, field, field.Tagged, "tag");
            code.Line($"writer.WriteTag({field.Field.Tag}, tag);");
            Value(code, field, field.Tagged);
            code.Close();
        }
        code.CloseIf(condition);
    }

    private static void Value(CodeBuilder code, FieldCode field, VersionRange among)
    {
        if (field.Field.IsArray) Array(code, field);
        else if (field.IsStruct) Struct(code, field, among);
        else if (field.FixedWidth != 0) code.Line($"writer.Write{field.Method}({(field.IsErrorCode ? "(short)" : "")}{field.Name});");
        else code.Line($"writer.Write{field.Method}({field.Name}, {field.Compact});");
    }

    private static void Struct(CodeBuilder code, FieldCode field, VersionRange among)
    {
        string nullable = field.NullAllowed(among);
        if (nullable != Conditions.Never)
        {
            // Kafka marks a null struct with the byte -1 in its place, but with the variable-length number 0 in a tag.
            string mark = among.Equals(field.Tagged)
                ? $"writer.WriteUnsignedVarint({field.Name} is null ? 0 : 1);"
                : $"writer.WriteInt8({field.Name} is null ? (sbyte)-1 : (sbyte)1);";
            code.Line(nullable == "true" ? mark : $"if ({nullable}) {mark}");
        }
        code.Line(field.IsNullable ? $"{field.Name}?.Write(ref writer, version);" : $"{field.Name}.Write(ref writer, version);");
    }

    private static void Array(CodeBuilder code, FieldCode field)
    {
        if (field.Field.Struct is null)
        {
            code.Line($"writer.Write{field.Method}List({field.Name}, {field.Compact});");
            return;
        }
        code.Line($"writer.WriteArrayCount({(field.IsNullable ? $"{field.Name}?.Count ?? -1" : $"{field.Name}.Count")}, {field.Compact});");
        code.Line($"foreach ({field.ElementType} element in CollectionsMarshal.AsSpan({field.Name})) element.Write(ref writer, version);");
    }
}
