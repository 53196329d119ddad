namespace Sluice.Operator.Schema;

/// <summary>The value that the API server fills in where a field is absent.</summary>
/// <param name="json">The value as JSON.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class SchemaDefaultAttribute(string json) : Attribute
{
    /// <summary>The value as JSON.</summary>
    public string Json { get; } = json;
}

/// <summary>
/// A CEL rule that the API server checks. A rule that mentions <c>oldSelf</c> is checked when an object changes.
/// </summary>
/// <param name="rule">The expression; true when all is well.</param>
/// <param name="message">What to tell the user, beginning with the name of the field.</param>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Class, AllowMultiple = true)]
public sealed class RuleAttribute(string rule, string message) : Attribute
{
    /// <summary>The expression.</summary>
    public string Rule { get; } = rule;

    /// <summary>What to tell the user.</summary>
    public string Message { get; } = message;

    /// <summary>Field that is at fault, below the one that the rule is on, as in <c>.name</c>.</summary>
    public string? FieldPath { get; set; }
}

/// <summary>A list whose items are known by a field: server-side apply merges them, and rules compare an item with its former self.</summary>
/// <param name="key">The field.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ListMapAttribute(string key) : Attribute
{
    /// <summary>The field.</summary>
    public string Key { get; } = key;
}

/// <summary>A list in which no value is there twice.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ListSetAttribute : Attribute;

/// <summary>A column of <c>kubectl get</c>.</summary>
/// <param name="name">Its heading.</param>
/// <param name="type"><c>string</c>, <c>integer</c>, <c>boolean</c> or <c>date</c>.</param>
/// <param name="jsonPath">Where the value is.</param>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = true)]
public sealed class PrinterColumnAttribute(string name, string type, string jsonPath) : Attribute
{
    /// <summary>Its heading.</summary>
    public string Name { get; } = name;

    /// <summary>Its type.</summary>
    public string Type { get; } = type;

    /// <summary>Where the value is.</summary>
    public string JsonPath { get; } = jsonPath;

    /// <summary>What the column shows.</summary>
    public string? Description { get; set; }

    /// <summary>Only shown with <c>-o wide</c>.</summary>
    public bool Wide { get; set; }

    /// <summary>Place among the columns.</summary>
    public int Order { get; set; }
}

/// <summary>The kind can be scaled with <c>kubectl scale</c> and by autoscalers.</summary>
/// <param name="specReplicas">Path of the wanted number.</param>
/// <param name="statusReplicas">Path of the present number.</param>
[AttributeUsage(AttributeTargets.Class)]
public sealed class ScalableAttribute(string specReplicas, string statusReplicas) : Attribute
{
    /// <summary>Path of the wanted number.</summary>
    public string SpecReplicas { get; } = specReplicas;

    /// <summary>Path of the present number.</summary>
    public string StatusReplicas { get; } = statusReplicas;

    /// <summary>Path of the pods' label selector.</summary>
    public string? Selector { get; set; }
}

/// <summary>Further names of a kind.</summary>
/// <param name="singular">Name of one object on the command line.</param>
[AttributeUsage(AttributeTargets.Class)]
public sealed class NamesAttribute(string singular) : Attribute
{
    /// <summary>Name of one object on the command line.</summary>
    public string Singular { get; } = singular;

    /// <summary>Abbreviations on the command line.</summary>
    public string[] Short { get; set; } = [];
}
