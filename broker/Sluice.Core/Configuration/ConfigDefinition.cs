using System.Globalization;

namespace Sluice.Core.Configuration;

/// <summary>One setting: its type, default, limits, and what this broker does with it.</summary>
public sealed class ConfigDefinition
{
    private readonly ConfigValidator _validator;

    internal ConfigDefinition(string name, ConfigType type, string? defaultValue, string valid)
    {
        Name = name;
        Type = type;
        DefaultValue = defaultValue;
        Valid = valid;
        _validator = ConfigValidator.Parse(valid, type);
    }

    /// <summary>Kafka's name.</summary>
    public string Name { get; }

    /// <summary>The type of the value.</summary>
    public ConfigType Type { get; }

    /// <summary>The built-in value; null when the setting has none.</summary>
    public string? DefaultValue { get; }

    /// <summary>The values that are taken, as Kafka's documentation writes them; empty when the type says all.</summary>
    public string Valid { get; }

    /// <summary>high, medium or low: Kafka's word on who should know the setting.</summary>
    public string Importance { get; internal init; } = "";

    /// <summary>Whether it can change at run time; of broker settings only.</summary>
    public ConfigUpdateMode UpdateMode { get; internal init; } = ConfigUpdateMode.ReadOnly;

    /// <summary>What this broker does with it.</summary>
    public ConfigSupport Support { get; internal init; }

    /// <summary>What it is for, in a sentence or two; shown to clients that ask.</summary>
    public string Documentation { get; internal init; } = "";

    /// <summary>
    /// The broker settings that give a topic setting its default, the first that is set; of topic settings only.
    /// </summary>
    public IReadOnlyList<string> BrokerSynonyms { get; internal init; } = [];

    /// <summary>Whether the value must never be shown.</summary>
    public bool IsSensitive => Type == ConfigType.Password;

    /// <summary>What is wrong with a value, in Kafka's words; null when it is good.</summary>
    public string? Check(string value)
    {
        string text = value.Trim();
        // Some defaults, such as an empty list of voters, are outside of what may be given: they stand for "not given".
        if (text == DefaultValue) return null;
        if (TypeError(text) is { } wrong) return $"Invalid value {value} for configuration {Name}: {wrong}";
        if (Type == ConfigType.List && ConfigList.Split(text).Contains("")) return $"Configuration '{Name}' values must not be empty.";
        if (_validator.Check(Name, text) is { } outside) return outside;
        if (Support == ConfigSupport.Refused && Canonical(text) != (DefaultValue ?? ""))
            return $"Invalid value {(IsSensitive ? "[hidden]" : value)} for configuration {Name}: {Documentation}";
        return null;
    }

    /// <summary>A good value in the form in which it is shown: without blanks, booleans in lower case, numbers without leading zeros.</summary>
    public string Canonical(string value)
    {
        string text = value.Trim();
        return Type switch
        {
            ConfigType.Boolean => text.ToLowerInvariant(),
            ConfigType.Int or ConfigType.Short or ConfigType.Long => long.Parse(text, CultureInfo.InvariantCulture).ToString(CultureInfo.InvariantCulture),
            ConfigType.List => ConfigList.Join(ConfigList.Split(text)),
            _ => text,
        };
    }

    private string? TypeError(string text)
    {
        const NumberStyles Digits = NumberStyles.AllowLeadingSign;
        CultureInfo culture = CultureInfo.InvariantCulture;
        return Type switch
        {
            ConfigType.Boolean when !bool.TryParse(text, out _) => "Expected value to be either true or false",
            ConfigType.Int when !int.TryParse(text, Digits, culture, out _) => "Not a number of type INT",
            ConfigType.Short when !short.TryParse(text, Digits, culture, out _) => "Not a number of type SHORT",
            ConfigType.Long when !long.TryParse(text, Digits, culture, out _) => "Not a number of type LONG",
            ConfigType.Double when !double.TryParse(text, NumberStyles.Float, culture, out double number) || !double.IsFinite(number) => "Not a number of type DOUBLE",
            _ => null,
        };
    }
}
