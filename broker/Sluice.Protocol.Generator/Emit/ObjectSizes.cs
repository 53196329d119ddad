using Sluice.Protocol.Generator.Model;

namespace Sluice.Protocol.Generator.Emit;

/// <summary>Estimates what an object costs on a 64-bit heap, for the allocation budget, and the fewest bytes that can encode it.</summary>
internal static class ObjectSizes
{
    private const int Header = 16;
    private const int EmptyList = 32;
    private const int Reference = 8;

    /// <summary>An object with its empty lists, and its place in the list that holds it, which may be half empty.</summary>
    public static int OfElement(StructSchema s) => OfObject(s) + (2 * Reference);

    public static int OfObject(StructSchema s)
    {
        int fields = 0;
        int children = 0;
        foreach (FieldSchema field in s.Fields)
        {
            fields += Slot(field);
            bool filled = !field.DefaultIsNull;
            if (field.IsArray && filled) children += EmptyList;
            if (field.Struct is not null && !field.IsArray && filled && field.Tagged.IsEmpty) children += OfObject(field.Struct);
        }
        return Header + ((fields + 7) / 8 * 8) + children;
    }

    private static int Slot(FieldSchema field)
    {
        if (field.IsArray) return Reference;
        return field.Kind switch
        {
            FieldKind.Bytes => field.Nullable.IsEmpty ? 16 : 24,
            FieldKind.Records => 40,
            FieldKind.String or FieldKind.Struct => Reference,
            _ => FieldCode.FixedWidthOf(field.Kind),
        };
    }

    /// <summary>The fewest bytes of an encoding over all versions in which the struct occurs; at least 1.</summary>
    public static int LeastBytes(MessageSchema message, StructSchema s)
    {
        int least = int.MaxValue;
        for (int version = s.Reach.Low; version <= s.Reach.High; version++) least = Math.Min(least, LeastBytes(message, s, version));
        return Math.Max(1, least);
    }

    private static int LeastBytes(MessageSchema message, StructSchema s, int version)
    {
        bool flexible = message.Flexible.Contains(version);
        int bytes = flexible ? 1 : 0;
        foreach (FieldSchema field in s.Fields)
        {
            if (!field.Versions.Contains(version) || field.Tagged.Contains(version)) continue;
            if (field.IsArray) bytes += flexible ? 1 : 4;
            else bytes += LeastBytesOfValue(message, field, version, flexible);
        }
        return bytes;
    }

    private static int LeastBytesOfValue(MessageSchema message, FieldSchema field, int version, bool flexible) => field.Kind switch
    {
        FieldKind.String => flexible ? 1 : 2,
        FieldKind.Bytes or FieldKind.Records => flexible ? 1 : 4,
        FieldKind.Struct => field.Nullable.Contains(version) ? 1 : LeastBytes(message, field.Struct!, version),
        _ => FieldCode.FixedWidthOf(field.Kind),
    };
}
