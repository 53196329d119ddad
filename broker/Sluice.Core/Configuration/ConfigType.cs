namespace Sluice.Core.Configuration;

/// <summary>The type of a setting's value. The numbers are those of DescribeConfigs.</summary>
public enum ConfigType : sbyte
{
    /// <summary>true or false, in any case.</summary>
    Boolean = 1,

    /// <summary>Text, without the blanks around it.</summary>
    String = 2,

    /// <summary>A number of 32 bits.</summary>
    Int = 3,

    /// <summary>A number of 16 bits.</summary>
    Short = 4,

    /// <summary>A number of 64 bits.</summary>
    Long = 5,

    /// <summary>A floating-point number.</summary>
    Double = 6,

    /// <summary>Values separated by commas.</summary>
    List = 7,

    /// <summary>The name of a Java class.</summary>
    Class = 8,

    /// <summary>Text that is never shown.</summary>
    Password = 9,
}
