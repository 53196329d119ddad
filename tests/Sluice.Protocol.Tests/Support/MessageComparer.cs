using System.Collections;
using System.Reflection;

namespace Sluice.Protocol.Tests.Support;

/// <summary>Compares messages by value and says where they differ.</summary>
internal static class MessageComparer
{
    /// <summary>Null when both are the same, else the path to the first difference.</summary>
    public static string? Difference(object? left, object? right, string path = "")
    {
        if (left is null || right is null) return ReferenceEquals(left, right) ? null : Different(path, left, right);
        switch (left)
        {
            case string or bool or IConvertible or Uuid:
                return left.Equals(right) ? null : Different(path, left, right);
            case ReadOnlyMemory<byte> bytes:
                return bytes.Span.SequenceEqual(((ReadOnlyMemory<byte>)right).Span) ? null : Different(path, left, right);
            case Records records:
                var other = (Records)right;
                return records.IsNull == other.IsNull && records.ToArray().AsSpan().SequenceEqual(other.ToArray()) ? null : Different(path, left, right);
            case IList list:
                return Lists(list, (IList)right, path);
        }
        foreach (PropertyInfo property in left.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            object? a = property.GetValue(left);
            object? b = property.GetValue(right);
            // A tagged struct at its defaults is not written and is null when read.
            if (property.PropertyType.IsClass && (a is null) != (b is null) && IsDefault(a ?? b)) continue;
            if (Difference(a, b, $"{path}.{property.Name}") is string difference) return difference;
        }
        return null;
    }

    private static bool IsDefault(object? value) =>
        value?.GetType().GetMethod("IsDefault", BindingFlags.Instance | BindingFlags.NonPublic)?.Invoke(value, null) is true;

    private static string? Lists(IList left, IList right, string path)
    {
        if (left.Count != right.Count) return Different(path + ".Count", left.Count, right.Count);
        for (int i = 0; i < left.Count; i++)
        {
            if (Difference(left[i], right[i], $"{path}[{i}]") is string difference) return difference;
        }
        return null;
    }

    private static string Different(string path, object? left, object? right) => $"{path}: {left ?? "null"} and {right ?? "null"}";
}
