using Sluice.Local.ApiServer.Schemas;

namespace Sluice.Local.ApiServer.Cel;

/// <summary>Kinds of types.</summary>
internal enum CelKind
{
    Dyn,
    Null,
    Bool,
    Int,
    UInt,
    Double,
    String,
    Bytes,
    Duration,
    Timestamp,
    Quantity,
    List,
    Map,
    Object,
    Optional,
    Type,

    /// <summary>A type that the arguments of a function determine.</summary>
    Parameter,
}

/// <summary>The type of an expression.</summary>
internal sealed class CelType
{
    public static readonly CelType Dyn = new(CelKind.Dyn, "dyn");
    public static readonly CelType Null = new(CelKind.Null, "null");
    public static readonly CelType Bool = new(CelKind.Bool, "bool");
    public static readonly CelType Int = new(CelKind.Int, "int");
    public static readonly CelType UInt = new(CelKind.UInt, "uint");
    public static readonly CelType Double = new(CelKind.Double, "double");
    public static readonly CelType String = new(CelKind.String, "string");
    public static readonly CelType Bytes = new(CelKind.Bytes, "bytes");
    public static readonly CelType Duration = new(CelKind.Duration, "google.protobuf.Duration");
    public static readonly CelType Timestamp = new(CelKind.Timestamp, "google.protobuf.Timestamp");
    public static readonly CelType Quantity = new(CelKind.Quantity, "kubernetes.Quantity");
    public static readonly CelType Type = new(CelKind.Type, "type");

    /// <summary>Stands for any one type in the signature of a function.</summary>
    public static readonly CelType A = new(CelKind.Parameter, "A");

    private CelType(CelKind kind, string name, CelType? first = null, CelType? second = null, Schema? schema = null)
    {
        Kind = kind;
        Name = name;
        Item = first;
        Value = second;
        Schema = schema;
    }

    public CelKind Kind { get; }

    public string Name { get; }

    /// <summary>The items of a list, the keys of a map, or what is in an optional.</summary>
    public CelType? Item { get; }

    /// <summary>The values of a map.</summary>
    public CelType? Value { get; }

    /// <summary>The fields of an object.</summary>
    public Schema? Schema { get; }

    public static CelType List(CelType item) => new(CelKind.List, $"list({item.Name})", item);

    public static CelType Map(CelType key, CelType value) => new(CelKind.Map, $"map({key.Name}, {value.Name})", key, value);

    public static CelType Optional(CelType item) => new(CelKind.Optional, $"optional_type({item.Name})", item);

    /// <summary>The type of what a schema describes.</summary>
    public static CelType Of(Schema schema)
    {
        if (schema.IntOrString || schema.Type == SchemaType.Any)
            return Dyn;
        switch (schema.Type)
        {
            case SchemaType.Object when schema.IsMap:
                return Map(String, Of(schema.AdditionalProperties!));
            case SchemaType.Object:
                return new CelType(CelKind.Object, "object", schema: schema);
            case SchemaType.Array:
                return List(schema.Items is { } item ? Of(item) : Dyn);
            case SchemaType.Boolean:
                return Bool;
            case SchemaType.Integer:
                return Int;
            case SchemaType.Number:
                return Double;
            default:
                return schema.Format switch { "date" or "date-time" => Timestamp, "duration" => Duration, "byte" => Bytes, _ => String };
        }
    }

    /// <summary>The type of an object's field by its name in expressions; null when there is none.</summary>
    public CelType? Field(string name)
    {
        foreach (var (property, schema) in Schema!.Properties)
        {
            if (CelNames.Escape(property) == name)
                return property == "metadata" && !schema.IsStructural ? CelNames.Metadata : Of(schema);
        }

        return null;
    }

    /// <summary>True when a value of another type can stand where this one is asked for.</summary>
    public bool Accepts(CelType given, Dictionary<string, CelType> bindings)
    {
        if (Kind == CelKind.Parameter)
        {
            if (!bindings.TryGetValue(Name, out var bound) || bound.Kind == CelKind.Dyn)
            {
                bindings[Name] = given;
                return true;
            }

            return bound.Accepts(given, bindings);
        }

        if (Kind == CelKind.Dyn || given.Kind == CelKind.Dyn)
            return true;
        if (Kind != given.Kind)
            return given.Kind == CelKind.Null && Kind is CelKind.Object or CelKind.Duration or CelKind.Timestamp or CelKind.Quantity or CelKind.Optional;
        return (Item is null || Item.Accepts(given.Item!, bindings)) && (Value is null || Value.Accepts(given.Value!, bindings));
    }

    /// <summary>Puts what was found for parameters in their place.</summary>
    public CelType Bind(Dictionary<string, CelType> bindings) => Kind switch
    {
        CelKind.Parameter => bindings.GetValueOrDefault(Name, Dyn),
        CelKind.List => List(Item!.Bind(bindings)),
        CelKind.Map => Map(Item!.Bind(bindings), Value!.Bind(bindings)),
        CelKind.Optional => Optional(Item!.Bind(bindings)),
        _ => this,
    };
}
