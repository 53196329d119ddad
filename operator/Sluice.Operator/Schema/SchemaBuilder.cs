using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sluice.Kubernetes.Models;

namespace Sluice.Operator.Schema;

/// <summary>
/// Makes the structural OpenAPI schema of a class from its properties. Attributes of System.ComponentModel.DataAnnotations bound
/// values: counts (<c>MinLength</c>, <c>MaxLength</c>) bound a collection, the others its items.
/// </summary>
internal sealed class SchemaBuilder(XmlDocumentation documentation)
{
    private const string QuantityPattern = @"^[0-9]+(\.[0-9]+)?(m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?$";

    public JSONSchemaProps Build(Type type)
    {
        var schema = new JSONSchemaProps { Type = "object", Description = documentation.Summary(type), Properties = [] };
        foreach (PropertyInfo property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly))
        {
            string name = JsonNamingPolicy.CamelCase.ConvertName(property.Name);
            schema.Properties.Add(name, Property(property));
            if (property.IsDefined(typeof(RequiredAttribute))) (schema.Required ??= []).Add(name);
        }
        AddRules(schema, type);
        return schema;
    }

    public static void AddRules(JSONSchemaProps schema, MemberInfo member)
    {
        foreach (RuleAttribute rule in member.GetCustomAttributes<RuleAttribute>(inherit: false))
            (schema.XKubernetesValidations ??= []).Add(new ValidationRule { Rule = rule.Rule, Message = rule.Message, FieldPath = rule.FieldPath });
    }

    private JSONSchemaProps Property(PropertyInfo property)
    {
        JSONSchemaProps schema = OfType(property.PropertyType);
        schema.Description = documentation.Summary(property) ?? throw new InvalidOperationException($"{property.DeclaringType}.{property.Name} has no description.");
        if (property.GetCustomAttribute<SchemaDefaultAttribute>() is { } value) schema.Default = JsonNode.Parse(value.Json);
        JSONSchemaProps scalar = Scalar(schema);
        Bound(scalar, property);
        Count(schema, property);
        if (property.GetCustomAttribute<ListMapAttribute>() is { } map)
        {
            schema.XKubernetesListType = "map";
            schema.XKubernetesListMapKeys = [map.Key];
        }
        else if (schema.Type == "array")
        {
            schema.XKubernetesListType = property.IsDefined(typeof(ListSetAttribute)) ? "set" : "atomic";
        }
        AddRules(schema, property);
        return schema;
    }

    private JSONSchemaProps OfType(Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type == typeof(string)) return new JSONSchemaProps { Type = "string" };
        if (type == typeof(bool)) return new JSONSchemaProps { Type = "boolean" };
        if (type == typeof(int)) return new JSONSchemaProps { Type = "integer", Format = "int32" };
        if (type == typeof(long)) return new JSONSchemaProps { Type = "integer", Format = "int64" };
        if (type == typeof(Quantity)) return new JSONSchemaProps { Type = "string", MaxLength = 32, Pattern = QuantityPattern };
        if (type == typeof(Condition)) return ConditionSchema.Create();
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(List<>))
            return new JSONSchemaProps { Type = "array", Items = ToNode(OfType(type.GetGenericArguments()[0])) };
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Dictionary<,>))
            return new JSONSchemaProps { Type = "object", AdditionalProperties = ToNode(OfType(type.GetGenericArguments()[1])) };
        if (type.IsClass && type.Assembly == typeof(SchemaBuilder).Assembly) return Build(type);
        throw new InvalidOperationException($"{type} has no place in a schema: add it to {nameof(SchemaBuilder)}.");
    }

    /// <summary>Items and values are kept as trees by the model, so bounds of items go into the tree.</summary>
    private static JSONSchemaProps Scalar(JSONSchemaProps schema) => schema.Items is not null || schema.AdditionalProperties is not null ? new JSONSchemaProps() : schema;

    private static void Bound(JSONSchemaProps scalar, PropertyInfo property)
    {
        if (property.GetCustomAttribute<RangeAttribute>() is { } range)
        {
            scalar.Minimum = Convert.ToDouble(range.Minimum);
            scalar.Maximum = Convert.ToDouble(range.Maximum);
        }
        if (property.GetCustomAttribute<StringLengthAttribute>() is { } length)
        {
            scalar.MaxLength = length.MaximumLength;
            if (length.MinimumLength > 0) scalar.MinLength = length.MinimumLength;
        }
        if (property.GetCustomAttribute<RegularExpressionAttribute>() is { } pattern) scalar.Pattern = pattern.Pattern;
        if (property.GetCustomAttribute<AllowedValuesAttribute>() is { } allowed) scalar.Enum = [.. allowed.Values.Select(value => (JsonNode)JsonValue.Create((string)value!))];
    }

    private static void Count(JSONSchemaProps schema, PropertyInfo property)
    {
        int? least = property.GetCustomAttribute<MinLengthAttribute>()?.Length;
        int? most = property.GetCustomAttribute<MaxLengthAttribute>()?.Length;
        JsonObject? items = (schema.Items ?? schema.AdditionalProperties) as JsonObject;
        if (items is null) return;
        if (schema.Type == "array") (schema.MinItems, schema.MaxItems) = (least, most);
        else (schema.MinProperties, schema.MaxProperties) = (least, most);
        var bounds = new JSONSchemaProps();
        Bound(bounds, property);
        foreach ((string name, JsonNode? value) in ToNode(bounds)) items[name] = value!.DeepClone();
    }

    private static JsonObject ToNode(JSONSchemaProps schema) => Kubernetes.Serialization.KubernetesJson.ToJsonObject(schema);
}
