using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using k8s.Models;

namespace Sluice.Operator.Schema;

/// <summary>
/// Makes the structural OpenAPI schema of a class from its properties. Attributes of System.ComponentModel.DataAnnotations bound
/// values: counts (<c>MinLength</c>, <c>MaxLength</c>) bound a collection, the others its items.
/// </summary>
internal sealed class SchemaBuilder(XmlDocumentation documentation)
{
    private const string QuantityPattern = @"^[0-9]+(\.[0-9]+)?(m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?$";

    public V1JSONSchemaProps Build(Type type)
    {
        var schema = new V1JSONSchemaProps { Type = "object", Description = documentation.Summary(type), Properties = new Dictionary<string, V1JSONSchemaProps>() };
        foreach (PropertyInfo property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly))
        {
            string name = JsonNamingPolicy.CamelCase.ConvertName(property.Name);
            schema.Properties.Add(name, Property(property));
            if (property.IsDefined(typeof(RequiredAttribute))) (schema.Required ??= []).Add(name);
        }
        AddRules(schema, type);
        return schema;
    }

    public static void AddRules(V1JSONSchemaProps schema, MemberInfo member)
    {
        foreach (RuleAttribute rule in member.GetCustomAttributes<RuleAttribute>(inherit: false))
            (schema.XKubernetesValidations ??= []).Add(new V1ValidationRule { Rule = rule.Rule, Message = rule.Message, FieldPath = rule.FieldPath });
    }

    private V1JSONSchemaProps Property(PropertyInfo property)
    {
        V1JSONSchemaProps schema = OfType(property.PropertyType);
        schema.Description = documentation.Summary(property) ?? throw new InvalidOperationException($"{property.DeclaringType}.{property.Name} has no description.");
        if (property.GetCustomAttribute<SchemaDefaultAttribute>() is { } value) schema.DefaultProperty = JsonNode.Parse(value.Json);
        Bound(Items(schema) ?? schema, property);
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

    private V1JSONSchemaProps OfType(Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type == typeof(string)) return new V1JSONSchemaProps { Type = "string" };
        if (type == typeof(bool)) return new V1JSONSchemaProps { Type = "boolean" };
        if (type == typeof(int)) return new V1JSONSchemaProps { Type = "integer", Format = "int32" };
        if (type == typeof(long)) return new V1JSONSchemaProps { Type = "integer", Format = "int64" };
        if (type == typeof(ResourceQuantity)) return new V1JSONSchemaProps { Type = "string", MaxLength = 32, Pattern = QuantityPattern };
        if (type == typeof(V1Condition)) return ConditionSchema.Create();
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(List<>))
            return new V1JSONSchemaProps { Type = "array", Items = OfType(type.GetGenericArguments()[0]) };
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Dictionary<,>))
            return new V1JSONSchemaProps { Type = "object", AdditionalProperties = OfType(type.GetGenericArguments()[1]) };
        if (type.IsClass && type.Assembly == typeof(SchemaBuilder).Assembly) return Build(type);
        throw new InvalidOperationException($"{type} has no place in a schema: add it to {nameof(SchemaBuilder)}.");
    }

    /// <summary>The schema of a collection's items or values; null when it is none.</summary>
    private static V1JSONSchemaProps? Items(V1JSONSchemaProps schema) => (schema.Items ?? schema.AdditionalProperties) as V1JSONSchemaProps;

    private static void Bound(V1JSONSchemaProps scalar, PropertyInfo property)
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
        if (property.GetCustomAttribute<AllowedValuesAttribute>() is { } allowed) scalar.EnumProperty = [.. allowed.Values.Select(value => (string)value!)];
    }

    private static void Count(V1JSONSchemaProps schema, PropertyInfo property)
    {
        int? least = property.GetCustomAttribute<MinLengthAttribute>()?.Length;
        int? most = property.GetCustomAttribute<MaxLengthAttribute>()?.Length;
        if (Items(schema) is null) return;
        if (schema.Type == "array") (schema.MinItems, schema.MaxItems) = (least, most);
        else (schema.MinProperties, schema.MaxProperties) = (least, most);
    }
}
