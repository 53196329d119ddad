using System.Globalization;

namespace Sluice.Core.Configuration;

/// <summary>
/// What values a setting takes beyond its type. Made from the "valid" column of the definition tables, which is written as Kafka's
/// documentation writes it; the messages are Kafka's too, because tools show them as they are.
/// </summary>
internal abstract class ConfigValidator
{
    /// <summary>Takes every value of the type.</summary>
    public static ConfigValidator Any { get; } = new AnyValue();

    /// <summary>What is wrong with a value that has the right type; null when nothing is.</summary>
    /// <param name="name">The setting's name.</param>
    /// <param name="value">A number as text, or the text of a string or list.</param>
    public abstract string? Check(string name, string value);

    /// <summary>The validator that a "valid" column describes.</summary>
    /// <exception cref="FormatException">The column is written in a way that is not known.</exception>
    public static ConfigValidator Parse(string valid, ConfigType type)
    {
        const string CaseInsensitive = "(case insensitive) ";
        switch (valid)
        {
            case "": return Any;
            case "non-empty string" or "non-empty list": return new NonEmpty();
            case "non-null string": return Any;
            case "[partitionId]:[brokerId],[partitionId]:[brokerId],...": return new ThrottledReplicas();
            case "[1,...,9] or -1": return new RangeOrMinusOne(1, 9);
        }
        if (valid.Contains("...", StringComparison.Ordinal)) return NumberRange.ParseRange(valid);
        bool ignoreCase = valid.StartsWith(CaseInsensitive, StringComparison.Ordinal);
        string[] names = (ignoreCase ? valid[CaseInsensitive.Length..] : valid).Trim('[', ']').Split(',', StringSplitOptions.TrimEntries);
        return new OneOf(names, ignoreCase, type == ConfigType.List);
    }

    private static string Invalid(string name, string value, string why) => $"Invalid value {value} for configuration {name}: {why}";

    private sealed class AnyValue : ConfigValidator
    {
        public override string? Check(string name, string value) => null;
    }

    private sealed class NonEmpty : ConfigValidator
    {
        public override string? Check(string name, string value) =>
            value.Length > 0 ? null : Invalid(name, value, "String must be non-empty");
    }

    private sealed class NumberRange(double? least, double? most) : ConfigValidator
    {
        public static NumberRange ParseRange(string valid)
        {
            string[] ends = valid.Trim('[', ']').Split("...");
            return new(Number(ends[0]), ends.Length > 1 ? Number(ends[1]) : null);
        }

        private static double? Number(string end)
        {
            string text = end.Trim(',', ' ');
            return text.Length == 0 ? null : double.Parse(text, CultureInfo.InvariantCulture);
        }

        public override string? Check(string name, string value)
        {
            double number = double.Parse(value, CultureInfo.InvariantCulture);
            if (number < least) return Invalid(name, value, $"Value must be at least {Text(least)}");
            if (number > most) return Invalid(name, value, $"Value must be no more than {Text(most)}");
            return null;
        }

        private static string Text(double? end) => end!.Value.ToString("R", CultureInfo.InvariantCulture);
    }

    private sealed class RangeOrMinusOne(int least, int most) : ConfigValidator
    {
        public override string? Check(string name, string value)
        {
            int number = int.Parse(value, CultureInfo.InvariantCulture);
            return number == -1 || (number >= least && number <= most)
                ? null
                : Invalid(name, value, $"Value must be between {least} and {most} or equal to -1");
        }
    }

    private sealed class OneOf(string[] names, bool ignoreCase, bool isList) : ConfigValidator
    {
        public override string? Check(string name, string value)
        {
            StringComparer comparer = ignoreCase ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal;
            foreach (string item in isList ? ConfigList.Split(value) : [value])
            {
                if (names.Contains(item, comparer)) continue;
                string kind = ignoreCase ? "String must be one of (case insensitive)" : "String must be one of";
                return Invalid(name, item, $"{kind}: {string.Join(", ", names)}");
            }
            return null;
        }
    }

    private sealed class ThrottledReplicas : ConfigValidator
    {
        public override string? Check(string name, string value)
        {
            if (value.Length == 0 || value == "*") return null;
            string[] items = ConfigList.Split(value);
            return items.All(IsReplica)
                ? null
                : Invalid(name, $"[{string.Join(", ", items)}]", $"{name} must be the literal '*' or a list of replicas in the following format: [partitionId]:[brokerId],[partitionId]:[brokerId],...");
        }

        private static bool IsReplica(string item)
        {
            string[] parts = item.Split(':');
            return parts.Length == 2 && parts.All(p => int.TryParse(p, NumberStyles.None, CultureInfo.InvariantCulture, out _));
        }
    }
}
