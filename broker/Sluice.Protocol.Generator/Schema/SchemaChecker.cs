using System.Globalization;
using Sluice.Protocol.Generator.Model;

namespace Sluice.Protocol.Generator.Schema;

/// <summary>Resolves the structs of a message that was read, and says what cannot be meant.</summary>
internal static class SchemaChecker
{
    /// <summary>Kafka's deepest message nests four levels; a struct that holds itself never ends.</summary>
    private const int DepthMax = 16;

    public static void Check(MessageSchema message, List<SchemaError> errors)
    {
        if (message.Versions.IsEmpty || message.Versions.IsOpen)
            errors.Add(new SchemaError(message.Root.Line, "versions= of a message needs a first and a last version"));
        if (!message.Flexible.IsEmpty && !message.Flexible.IsOpen)
            errors.Add(new SchemaError(message.Root.Line, "flexible= never ends again: write it as 9+, or none"));
        foreach (StructSchema s in All(message))
        {
            foreach (FieldSchema field in s.Fields) CheckField(message, s, field, errors);
            CheckTags(s, errors);
        }
        CheckNames(message, errors);
        if (errors.Count == 0) Reach(message, message.Root, message.Versions, 0, errors);
        foreach (StructSchema s in message.Structs)
        {
            if (s.Reach.IsEmpty && errors.Count == 0) errors.Add(new SchemaError(s.Line, $"nothing in a valid version uses struct {s.Name}"));
        }
    }

    private static IEnumerable<StructSchema> All(MessageSchema message)
    {
        yield return message.Root;
        foreach (StructSchema s in message.Structs) yield return s;
    }

    private static void CheckField(MessageSchema message, StructSchema owner, FieldSchema field, List<SchemaError> errors)
    {
        void Fail(string text) => errors.Add(new SchemaError(field.Line, $"{owner.Name}.{field.Name}: {text}"));

        if (field.StructName is not null)
        {
            field.Struct = message.Structs.Find(s => s.Name == field.StructName);
            if (field.Struct is null || field.Struct.Fields.Count == 0) Fail($"struct {field.StructName} has no fields");
        }
        if (field.Versions.IsEmpty) Fail("versions= is empty");
        if (!field.Versions.Contains(field.Tagged)) Fail("tagged= goes beyond versions=");
        if (!field.Tagged.IsEmpty && !field.Tagged.IsOpen) Fail("tagged= never ends again: write it as 9+");
        if (field.Tagged.IsEmpty != (field.Tag < 0)) Fail("tagged= and tag= go together");
        if (field.Kind == FieldKind.Struct && !field.IsArray && !field.Tagged.IsEmpty && !field.Untagged.IsEmpty)
            Fail("a struct is a tag in all of its versions or in none");
        if (!field.Tagged.IsEmpty && !message.Flexible.Contains(field.Tagged)) Fail("only flexible versions have tags");
        if (!field.Nullable.IsEmpty && !field.IsArray && field.Kind is not (FieldKind.String or FieldKind.Bytes or FieldKind.Records or FieldKind.Struct))
            Fail("a number cannot be null");
        if (field.DefaultIsNull && field.Nullable.IsEmpty) Fail("default=null needs nullable=");
        if (field.Default is not null && !field.DefaultIsNull && !IsDefault(field)) Fail($"'{field.Default}' is no default of this type");
        if (field.Flexible is not null && field.Kind is not (FieldKind.String or FieldKind.Bytes) && !field.IsArray)
            Fail("flexible= changes nothing for this type");
        if (field.IsArray && !IsElement(field.Kind)) Fail("arrays of this type are not supported: add a reader and a writer of such lists first");
    }

    private static bool IsElement(FieldKind kind) =>
        kind is FieldKind.Int8 or FieldKind.Int16 or FieldKind.Int32 or FieldKind.Int64 or FieldKind.Uuid or FieldKind.String or FieldKind.Struct;

    private static bool IsDefault(FieldSchema field)
    {
        if (field.IsArray) return false;
        string text = field.Default!;
        return field.Kind switch
        {
            FieldKind.Bool => text is "true" or "false",
            FieldKind.String => true,
            FieldKind.Int8 => InRange(text, sbyte.MinValue, sbyte.MaxValue),
            FieldKind.Int16 => InRange(text, short.MinValue, short.MaxValue),
            FieldKind.UInt16 => InRange(text, 0, ushort.MaxValue),
            FieldKind.Int32 => InRange(text, int.MinValue, int.MaxValue),
            FieldKind.UInt32 => InRange(text, 0, uint.MaxValue),
            FieldKind.Int64 => InRange(text, long.MinValue, long.MaxValue),
            FieldKind.Float64 => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out _),
            _ => false,
        };
    }

    private static bool InRange(string text, long low, long high) => Numbers.TryParse(text, out long number) && number >= low && number <= high;

    private static void CheckTags(StructSchema s, List<SchemaError> errors)
    {
        var tags = new HashSet<int>();
        foreach (FieldSchema field in s.Fields)
        {
            if (field.Tag >= 0 && !tags.Add(field.Tag)) errors.Add(new SchemaError(field.Line, $"{s.Name}.{field.Name}: tag {field.Tag} is taken"));
        }
    }

    /// <summary>What C# would refuse: a type named as a property beside it, a property named as its own type.</summary>
    private static void CheckNames(MessageSchema message, List<SchemaError> errors)
    {
        foreach (StructSchema s in All(message))
        {
            if (s.Fields.Exists(f => f.Name == s.Name))
                errors.Add(new SchemaError(s.Line, $"struct {s.Name} has a field of its own name: rename the struct, {s.Name}Data say"));
        }
        foreach (StructSchema s in message.Structs)
        {
            if (s.Name == message.Name || message.Root.Fields.Exists(f => f.Name == s.Name))
                errors.Add(new SchemaError(s.Line, $"struct {s.Name} is named as the message or one of its fields: rename the struct, {s.Name}Data say"));
        }
    }

    private static void Reach(MessageSchema message, StructSchema s, VersionRange range, int depth, List<SchemaError> errors)
    {
        if (depth > DepthMax)
        {
            errors.Add(new SchemaError(s.Line, $"struct {s.Name} holds itself"));
            return;
        }
        s.Reach = s.Reach.Hull(range);
        foreach (FieldSchema field in s.Fields)
        {
            if (field.Struct is null) continue;
            VersionRange versions = field.Versions.Intersect(range);
            if (!versions.IsEmpty) Reach(message, field.Struct, versions, depth + 1, errors);
            bool droppedElsewhere = !field.Versions.Contains(range) && !field.Ignorable;
            if (!field.IsArray && (droppedElsewhere || !field.Tagged.IsEmpty)) NeedDefaultTest(field.Struct);
        }
    }

    private static void NeedDefaultTest(StructSchema s)
    {
        s.NeedsDefaultTest = true;
        foreach (FieldSchema field in s.Fields)
        {
            if (field.Struct is not null && !field.IsArray && !field.Struct.NeedsDefaultTest) NeedDefaultTest(field.Struct);
        }
    }
}
