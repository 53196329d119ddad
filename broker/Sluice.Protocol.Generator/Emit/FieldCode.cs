using System.Globalization;
using Sluice.Protocol.Generator.Model;
using Sluice.Protocol.Generator.Schema;

namespace Sluice.Protocol.Generator.Emit;

/// <summary>How a field looks in C#: its type, its default, the test for the default, its encoding.</summary>
internal sealed class FieldCode
{
    private readonly MessageSchema _message;

    public FieldCode(MessageSchema message, StructSchema owner, FieldSchema field)
    {
        _message = message;
        Owner = owner;
        Field = field;
        Versions = field.Versions.Intersect(owner.Reach);
        Untagged = field.Untagged.Intersect(owner.Reach);
        Tagged = field.Tagged.Intersect(owner.Reach);
    }

    public StructSchema Owner { get; }

    public FieldSchema Field { get; }

    public string Name => Field.Name;

    public VersionRange Versions { get; }

    public VersionRange Untagged { get; }

    public VersionRange Tagged { get; }

    public bool IsErrorCode => Field.Kind == FieldKind.Int16 && !Field.IsArray && Field.Name.EndsWith("ErrorCode", System.StringComparison.Ordinal);

    public bool IsNullable => !Field.Nullable.Intersect(Owner.Reach).IsEmpty;

    public bool IsStruct => Field.Kind == FieldKind.Struct && !Field.IsArray;

    /// <summary>
    /// A tagged struct that cannot be null is null here while it has its defaults, so that the many answers without one make no object.
    /// </summary>
    public bool IsAbsentByDefault => IsStruct && !IsNullable && !Tagged.IsEmpty;

    /// <summary>The field named as errors name it.</summary>
    public string Quoted => $"\"{Owner.Name}.{Field.Name}\"";

    public string ElementType => Field.Kind switch
    {
        FieldKind.Bool => "bool",
        FieldKind.Int8 => "sbyte",
        FieldKind.Int16 => IsErrorCode ? "ErrorCode" : "short",
        FieldKind.UInt16 => "ushort",
        FieldKind.Int32 => "int",
        FieldKind.UInt32 => "uint",
        FieldKind.Int64 => "long",
        FieldKind.Float64 => "double",
        FieldKind.Uuid => "Uuid",
        FieldKind.String => "string",
        FieldKind.Bytes => "ReadOnlyMemory<byte>",
        FieldKind.Records => "Records",
        _ => Field.StructName!,
    };

    public string Type
    {
        get
        {
            string type = Field.IsArray ? $"List<{ElementType}>" : ElementType;
            bool question = (IsNullable || IsAbsentByDefault) && (Field.IsArray || Field.Kind != FieldKind.Records);
            return question ? type + "?" : type;
        }
    }

    /// <summary>The default as an expression that assigns to the property.</summary>
    public string Default
    {
        get
        {
            if (Field.DefaultIsNull) return Field.Kind == FieldKind.Records ? "default" : "null";
            if (Field.IsArray) return "[]";
            return Field.Kind switch
            {
                FieldKind.Bool => Field.Default ?? "false",
                FieldKind.String => "\"" + (Field.Default ?? "").Replace("\\", "\\\\").Replace("\"", "\\\"") + "\"",
                FieldKind.Bytes => "ReadOnlyMemory<byte>.Empty",
                FieldKind.Uuid or FieldKind.Records => "default",
                FieldKind.Struct => IsAbsentByDefault ? "null" : "new()",
                FieldKind.Float64 => Field.Default ?? "0.0",
                _ => NumberDefault(),
            };
        }
    }

    private string NumberDefault()
    {
        if (Field.Default is null || !Numbers.TryParse(Field.Default, out long number)) return IsErrorCode ? "ErrorCode.None" : "0";
        string text = number.ToString(CultureInfo.InvariantCulture);
        return IsErrorCode ? $"(ErrorCode)({text})" : text;
    }

    /// <summary>The property needs an initialiser: its default is not what .NET gives by itself.</summary>
    public bool NeedsInitialiser => Default is not ("null" or "default" or "false" or "0" or "0.0" or "ErrorCode.None" or "ReadOnlyMemory<byte>.Empty")
        || (Default == "ReadOnlyMemory<byte>.Empty" && IsNullable);

    /// <summary>A test that the value is beside its default.</summary>
    public string IsSet
    {
        get
        {
            if (Field.DefaultIsNull) return Field.Kind == FieldKind.Records && !Field.IsArray ? $"!{Name}.IsNull" : $"{Name} is not null";
            if (Field.IsArray) return IsNullable ? $"{Name} is not {{ Count: 0 }}" : $"{Name}.Count != 0";
            return Field.Kind switch
            {
                FieldKind.Bool => Field.Default == "true" ? $"!{Name}" : Name,
                FieldKind.String => $"{Name} is not {Default}",
                FieldKind.Bytes => IsNullable ? $"{Name} is not {{ IsEmpty: true }}" : $"!{Name}.IsEmpty",
                FieldKind.Records => $"!{Name}.IsNull",
                FieldKind.Uuid => $"{Name} != default",
                FieldKind.Struct => IsNullable ? $"({Name} is null || !{Name}.IsDefault())"
                    : IsAbsentByDefault ? $"{Name} is not null && !{Name}.IsDefault()" : $"!{Name}.IsDefault()",
                _ => $"{Name} != {Default}",
            };
        }
    }

    /// <summary>The bytes that a value takes in every version; 0 when that depends on the value.</summary>
    public int FixedWidth => Field.IsArray ? 0 : FixedWidthOf(Field.Kind);

    public static int FixedWidthOf(FieldKind kind) => kind switch
    {
        FieldKind.Bool or FieldKind.Int8 => 1,
        FieldKind.Int16 or FieldKind.UInt16 => 2,
        FieldKind.Int32 or FieldKind.UInt32 => 4,
        FieldKind.Int64 or FieldKind.Float64 => 8,
        FieldKind.Uuid => 16,
        _ => 0,
    };

    /// <summary>The name of the kind in the methods of reader and writer.</summary>
    public string Method => Field.Kind == FieldKind.Bool ? "Boolean" : Field.Kind.ToString();

    /// <summary>Whether lengths are compact: <c>true</c>, <c>false</c> or the local <c>flexible</c>.</summary>
    public string Compact => Field.Flexible is VersionRange own
        ? Conditions.Value(Conditions.In(own, Owner.Reach))
        : FlexibleValue(_message, Owner);

    public static string FlexibleValue(MessageSchema message, StructSchema owner)
    {
        VersionRange both = message.Flexible.Intersect(owner.Reach);
        return both.IsEmpty ? "false" : both.Equals(owner.Reach) ? "true" : "flexible";
    }

    /// <summary>Whether null is allowed, as an expression of the version, among the given versions.</summary>
    public string NullAllowed(VersionRange among) => Conditions.Value(Conditions.In(Field.Nullable, among));
}
