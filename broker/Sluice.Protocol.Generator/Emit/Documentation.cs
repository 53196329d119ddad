using Sluice.Protocol.Generator.Model;

namespace Sluice.Protocol.Generator.Emit;

/// <summary>What the schema knows of a field, as a documentation comment.</summary>
internal static class Documentation
{
    public static string Of(FieldCode field)
    {
        FieldSchema schema = field.Field;
        var parts = new List<string> { $"Versions {field.Versions}" };
        if (!field.Tagged.IsEmpty) parts.Add(field.Untagged.IsEmpty ? $"tag {schema.Tag}" : $"tag {schema.Tag} from {field.Tagged.Low}");
        if (field.IsNullable)
            parts.Add(schema.Nullable.Contains(field.Versions) ? "may be null" : $"may be null in {schema.Nullable.Intersect(field.Versions)}");
        if (field.IsAbsentByDefault) parts.Add("null while it has its defaults");
        if (schema.Default is not null) parts.Add($"default {(schema.Default.Length == 0 ? "empty" : schema.Default)}");
        if (schema.Ignorable && !field.Versions.Equals(field.Owner.Reach)) parts.Add("dropped in versions without it");
        if (schema.IsKey) parts.Add("unique in its list");
        if (schema.Entity is not null) parts.Add($"names a {Words(schema.Entity)}");
        return Escape(string.Join("; ", parts)) + ".";
    }

    public static string Escape(string text) => text.Replace("&", "&amp;").Replace("<", "&lt;").Replace(">", "&gt;");

    private static string Words(string entity)
    {
        var text = new System.Text.StringBuilder();
        foreach (char c in entity)
        {
            if (c is >= 'A' and <= 'Z') text.Append(' ').Append((char)(c + 32));
            else text.Append(c);
        }
        return text.ToString();
    }
}
