using Sluice.Protocol.Generator.Model;

namespace Sluice.Protocol.Generator.Emit;

/// <summary>Writes the body of <c>Read</c>: every field is set, from the bytes or to its default.</summary>
internal static class ReadEmitter
{
    public static void Emit(CodeBuilder code, MessageSchema message, StructSchema owner, FieldCode[] fields)
    {
        string flexible = FieldCode.FlexibleValue(message, owner);
        foreach (FieldCode field in fields)
        {
            if (!field.Tagged.IsEmpty) Reset(code, field, Conditions.NotIn(field.Untagged, owner.Reach));
            if (field.Untagged.IsEmpty) continue;
            string? present = Conditions.In(field.Untagged, owner.Reach);
            code.OpenIf(present);
            Value(code, message, field, field.Untagged);
            code.CloseIf(present);
            if (present is not null && field.Tagged.IsEmpty)
            {
                code.Line("else").Open();
                Reset(code, field, null);
                code.Close();
            }
        }
        if (flexible == "false") return;
        FieldCode[] tagged = [.. fields.Where(f => !f.Tagged.IsEmpty).OrderBy(f => f.Field.Tag)];
        if (tagged.Length == 0)
            code.Line(flexible == "true" ? "reader.SkipTags();" : "if (flexible) reader.SkipTags();");
        else
            Tags(code, message, owner, flexible, tagged);
    }

    private static void Reset(CodeBuilder code, FieldCode field, string? condition)
    {
        if (condition == Conditions.Never) return;
        code.OpenIf(condition);
        code.Line(field.Field.IsArray && !field.Field.DefaultIsNull
            ? $"{field.Name} = WireReader.Emptied({field.Name});"
            : $"{field.Name} = {field.Default};");
        code.CloseIf(condition);
    }

    private static void Tags(CodeBuilder code, MessageSchema message, StructSchema owner, string flexible, FieldCode[] tagged)
    {
        string? condition = flexible == "true" ? null : "flexible";
        code.OpenIf(condition);
        code.Line("for (int tags = reader.ReadTagCount(); tags > 0; tags--)").Open();
        code.Line("int tag = reader.ReadTag(out int endOfTags);");
        code.Line("switch (tag)").Open();
        foreach (FieldCode field in tagged)
        {
            string? present = Conditions.In(field.Tagged, owner.Reach.Intersect(message.Flexible));
            code.Line(present is null ? $"case {field.Field.Tag}:" : $"case {field.Field.Tag} when {present}:").Open();
            Value(code, message, field, field.Tagged);
            code.Line("break;").Close();
        }
        code.Line("default:").Open().Line("reader.SkipToEnd();").Line("break;").Close();
        code.Close();
        code.Line("reader.EndTag(endOfTags);");
        code.Close();
        code.CloseIf(condition);
    }

    private static void Value(CodeBuilder code, MessageSchema message, FieldCode field, VersionRange among)
    {
        if (field.Field.IsArray) Array(code, message, field, among);
        else if (field.IsStruct) Struct(code, field, among);
        else Scalar(code, field, among);
    }

    private static void Scalar(CodeBuilder code, FieldCode field, VersionRange among)
    {
        if (field.FixedWidth != 0)
        {
            code.Line($"{field.Name} = {(field.IsErrorCode ? "(ErrorCode)" : "")}reader.Read{field.Method}();");
            return;
        }
        string read = $"reader.Read{field.Method}({field.Compact})";
        if (field.Field.Kind == FieldKind.Records)
        {
            code.Line($"{field.Name} = {read};");
            RefuseNull(code, field, among, $"{field.Name}.IsNull");
        }
        else
        {
            OrRefuseNull(code, field, among, read);
        }
    }

    private static void OrRefuseNull(CodeBuilder code, FieldCode field, VersionRange among, string read)
    {
        bool never = field.NullAllowed(among) == Conditions.Never;
        code.Line(never && !field.IsNullable
            ? $"{field.Name} = {read} ?? throw reader.NullField({field.Quoted});"
            : $"{field.Name} = {read};");
        if (field.IsNullable) RefuseNull(code, field, among, $"{field.Name} is null");
    }

    private static void RefuseNull(CodeBuilder code, FieldCode field, VersionRange among, string isNull)
    {
        string? refused = Conditions.NotIn(field.Field.Nullable, among);
        if (refused == Conditions.Never) return;
        code.Line($"if ({(refused is null ? "" : $"({refused}) && ")}{isNull}) throw reader.NullField({field.Quoted});");
    }

    private static void Struct(CodeBuilder code, FieldCode field, VersionRange among)
    {
        string nullable = field.NullAllowed(among);
        if (nullable != Conditions.Never)
        {
            // Kafka marks a null struct with the byte -1 in its place, but with the variable-length number 0 in a tag.
            string test = among.Equals(field.Tagged) ? "reader.ReadUnsignedVarint() == 0" : "reader.ReadInt8() < 0";
            code.Line($"if ({(nullable == "true" ? test : $"({nullable}) && {test}")})").Open();
            code.Line($"{field.Name} = null;").Close();
            code.Line("else").Open();
        }
        if (field.IsAbsentByDefault || field.IsNullable) code.Line($"if ({field.Name} is null) reader.Charge({ObjectSizes.OfObject(field.Field.Struct!)});");
        code.Line($"({field.Name} ??= new()).Read(ref reader, version);");
        if (nullable != Conditions.Never) code.Close();
    }

    private static void Array(CodeBuilder code, MessageSchema message, FieldCode field, VersionRange among)
    {
        if (field.Field.Struct is null)
        {
            OrRefuseNull(code, field, among, $"reader.Read{field.Method}List({field.Name}, {field.Compact})");
            return;
        }
        StructSchema element = field.Field.Struct;
        code.Open();
        code.Line($"int count = reader.ReadArrayCount({field.Compact}, {ObjectSizes.LeastBytes(message, element)});");
        if (field.IsNullable)
        {
            code.Line("if (count < 0)").Open();
            string? refused = Conditions.NotIn(field.Field.Nullable, among);
            if (refused is not null and not Conditions.Never) code.Line($"if ({refused}) throw reader.NullField({field.Quoted});");
            code.Line(refused is null ? $"throw reader.NullField({field.Quoted});" : $"{field.Name} = null;");
            code.Close();
            code.Line("else").Open();
        }
        else
        {
            code.Line($"if (count < 0) throw reader.NullField({field.Quoted});");
        }
        code.Line($"List<{element.Name}> list = WireReader.BeginList({field.Name}, count);");
        code.Line("for (int i = 0; i < count; i++)").Open();
        code.Line($"reader.Charge({ObjectSizes.OfElement(element)});");
        code.Line($"{element.Name} element = new();");
        code.Line("element.Read(ref reader, version);");
        code.Line("list.Add(element);");
        code.Close();
        code.Line($"{field.Name} = list;");
        if (field.IsNullable) code.Close();
        code.Close();
    }
}
