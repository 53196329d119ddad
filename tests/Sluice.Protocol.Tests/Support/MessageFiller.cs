using System.Collections;
using System.Reflection;
using Sluice.Protocol.Generator.Model;
using Sluice.Protocol.Messages;

namespace Sluice.Protocol.Tests.Support;

/// <summary>Sets every field that a version of a message has, in the order of the wire, with tagged fields after all others.</summary>
internal sealed class MessageFiller(IValueSource source, short version)
{
    public static IMessage New(string name, short version, IValueSource source)
    {
        IMessage message = Schemas.New(name);
        new MessageFiller(source, version).Fill(message, Schemas.All[name].Root);
        return message;
    }

    private void Fill(object target, StructSchema schema)
    {
        var present = schema.Fields.Where(f => f.Versions.Contains(version)).ToList();
        foreach (FieldSchema field in present.Where(f => !f.Tagged.Contains(version))) Set(target, field);
        foreach (FieldSchema field in present.Where(f => f.Tagged.Contains(version)).OrderBy(f => f.Tag)) Set(target, field);
    }

    private void Set(object target, FieldSchema field)
    {
        PropertyInfo property = target.GetType().GetProperty(field.Name)
            ?? throw new InvalidOperationException($"{target.GetType().Name} has no {field.Name}");
        property.SetValue(target, Value(property.PropertyType, field));
    }

    private object? Value(Type type, FieldSchema field)
    {
        if (field.Nullable.Contains(version) && source.IsNull(field)) return field is { Kind: FieldKind.Records, IsArray: false } ? Records.Null : null;
        if (field.IsArray)
        {
            var list = (IList)Activator.CreateInstance(type)!;
            int count = source.Count(field);
            Type element = type.GetGenericArguments()[0];
            for (int i = 0; i < count; i++) list.Add(One(element, field));
            return list;
        }
        return One(Nullable.GetUnderlyingType(type) ?? type, field);
    }

    private object One(Type type, FieldSchema field)
    {
        if (field.Struct is null)
        {
            object value = source.Scalar(field.Kind);
            return type.IsEnum ? Enum.ToObject(type, value) : value;
        }
        object made = Activator.CreateInstance(type)!;
        Fill(made, field.Struct);
        return made;
    }
}
