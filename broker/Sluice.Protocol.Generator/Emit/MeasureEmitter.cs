using Sluice.Protocol.Generator.Model;

namespace Sluice.Protocol.Generator.Emit;

/// <summary>Writes the body of <c>Measure</c>: the exact size, and every check that a value can be written at all.</summary>
internal static class MeasureEmitter
{
    public static void Emit(CodeBuilder code, MessageSchema message, StructSchema owner, FieldCode[] fields)
    {
        foreach (FieldCode field in fields) RefuseUnsupported(code, message, owner, field);
        FixedWidths(code, message, owner, fields);
        foreach (FieldCode field in fields)
        {
            if (field.Untagged.IsEmpty || field.FixedWidth != 0) continue;
            string? present = Conditions.In(field.Untagged, owner.Reach);
            code.OpenIf(present);
            Value(code, field, field.Untagged, "size");
            code.CloseIf(present);
        }
        Tags(code, message, owner, fields);
    }

    /// <summary>Adds what one present value takes, its null mark included.</summary>
    public static void Value(CodeBuilder code, FieldCode field, VersionRange among, string size)
    {
        string nullable = field.NullAllowed(among);
        if (field.Field.IsArray) Array(code, field, nullable, size);
        else if (field.IsStruct) Struct(code, field, nullable, size);
        else if (field.FixedWidth != 0) code.Line($"{size}.Add({field.FixedWidth});");
        else code.Line($"{size}.Add{field.Method}({field.Name}, {field.Compact}, {nullable}, {field.Quoted});");
    }

    private static void RefuseUnsupported(CodeBuilder code, MessageSchema message, StructSchema owner, FieldCode field)
    {
        string? absent = Conditions.NotIn(field.Versions, owner.Reach);
        if (field.Field.Ignorable || absent == Conditions.Never) return;
        code.Line($"if ({(absent is null ? "" : $"({absent}) && ")}({field.IsSet})) throw WireError.Unsupported(\"{message.Name}\", {field.Quoted}, version);");
    }

    /// <summary>Numbers in the same versions are one addition.</summary>
    private static void FixedWidths(CodeBuilder code, MessageSchema message, StructSchema owner, FieldCode[] fields)
    {
        var widths = new List<KeyValuePair<string, int>>();
        void Add(string condition, int width)
        {
            int at = widths.FindIndex(w => w.Key == condition);
            if (at < 0) widths.Add(new(condition, width));
            else widths[at] = new(condition, widths[at].Value + width);
        }

        foreach (FieldCode field in fields)
        {
            if (field.FixedWidth != 0 && !field.Untagged.IsEmpty) Add(Conditions.In(field.Untagged, owner.Reach) ?? "", field.FixedWidth);
        }
        string flexible = FieldCode.FlexibleValue(message, owner);
        if (flexible != "false" && !fields.Any(f => !f.Tagged.IsEmpty)) Add(flexible == "true" ? "" : flexible, 1);
        foreach (KeyValuePair<string, int> width in widths)
            code.Line(width.Key.Length == 0 ? $"size.Add({width.Value});" : $"if ({width.Key}) size.Add({width.Value});");
    }

    private static void Struct(CodeBuilder code, FieldCode field, string nullable, string size)
    {
        if (nullable == Conditions.Never)
        {
            string value = field.IsNullable || !field.IsAbsentByDefault ? $"({field.Name} ?? throw WireError.Null({field.Quoted}))" : field.Name;
            code.Line($"{value}.Measure(ref {size}, version);");
            return;
        }
        if (nullable == "true")
        {
            code.Line($"{size}.Add(1);");
            code.Line($"{field.Name}?.Measure(ref {size}, version);");
            return;
        }
        code.Line($"if ({nullable}) {size}.Add(1);");
        code.Line($"else if ({field.Name} is null) throw WireError.Null({field.Quoted});");
        code.Line($"{field.Name}?.Measure(ref {size}, version);");
    }

    private static void Array(CodeBuilder code, FieldCode field, string nullable, string size)
    {
        if (field.Field.Struct is null)
        {
            string method = field.Field.Kind == FieldKind.String ? "AddStringList" : "AddFixedList";
            string width = field.Field.Kind == FieldKind.String ? "" : $"{FieldCode.FixedWidthOf(field.Field.Kind)}, ";
            code.Line($"{size}.{method}({field.Name}, {width}{field.Compact}, {nullable}, {field.Quoted});");
            return;
        }
        code.Line($"{size}.AddArrayCount({field.Name}, {field.Compact}, {nullable}, {field.Quoted});");
        code.Line($"foreach ({field.ElementType} element in CollectionsMarshal.AsSpan({field.Name})) element.Measure(ref {size}, version);");
    }

    private static void Tags(CodeBuilder code, MessageSchema message, StructSchema owner, FieldCode[] fields)
    {
        FieldCode[] tagged = [.. fields.Where(f => !f.Tagged.IsEmpty).OrderBy(f => f.Field.Tag)];
        if (tagged.Length == 0) return;
        string? condition = FieldCode.FlexibleValue(message, owner) == "true" ? null : "flexible";
        code.OpenIf(condition);
        code.Line("int tags = 0;");
        foreach (FieldCode field in tagged)
        {
            code.Line($"if ({WriteEmitter.TagIsWritten(message, owner, field)})").Open();
            code.Line("tags++;");
            code.Line("WireSize tag = default;");
            Value(code, field, field.Tagged, "tag");
            code.Line($"size.AddTag({field.Field.Tag}, tag);");
            code.Close();
        }
        code.Line("size.AddUnsignedVarint(tags);");
        code.CloseIf(condition);
    }
}
