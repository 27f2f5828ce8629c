using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.Loader;
using RQ.Scheduling;
using RQ.Serialization;
using Shouldly;
using Xunit;

namespace RQ.Tests.Functions;

/// <summary>Jobs in an assembly that uses another one, which was not deployed.</summary>
public class UnreadableMethodsTests
{
    private const string Prefix = "unreadable_methods_tests.";

    private static readonly Assembly s_loaded = Load();

    // Loaded before the first test looks for what is in it.
    private readonly Assembly _assembly = s_loaded;

    [Fact]
    public void A_method_that_cannot_be_read_is_left_out_and_it_assembly_is_not()
    {
        var functions = new JobFunctions();

        functions.ResolveCallback(Prefix + "whole").Method.DeclaringType!.Assembly.ShouldBe(_assembly);
        foreach (string name in new[] { "attribute", "parameter" })
        {
            string message = Should.Throw<UnknownFunctionException>(() => functions.ResolveCallback(Prefix + name)).Message;
            message.ShouldContain("Methods that cannot be read are left out, such as 'HalfDeployed.");
            message.ShouldContain("Gone");
        }
    }

    [Fact]
    public void An_overload_that_cannot_be_read_hides_no_other()
    {
        JobFunctions functions = new JobFunctions().AddAssembly(_assembly);
        CallData call = CallData.Read(CallData.Write(JobCall.To("HalfDeployed.Overloaded", 1), JobSerializer.Pickle), null);

        functions.Resolve(call).Parameters.ShouldHaveSingleItem().ParameterType.ShouldBe(typeof(int));
    }

    [Fact]
    public void A_schedule_that_cannot_be_read_is_told_and_not_forgotten()
    {
        MethodInfo method = new JobFunctions().FindScheduled().Single(each => each.Module.Assembly == _assembly);

        Should.Throw<ArgumentException>(() => CronMethods.Read([method])).Message.ShouldStartWith("'HalfDeployed.WithParameter' is marked [Cron], but it cannot be read: ");
    }

    private static Assembly Load()
    {
        Type gone = LoadAlone(Written("Gone", module =>
        {
            TypeBuilder type = module.DefineType("Gone", TypeAttributes.Public, typeof(Attribute));
            type.DefineDefaultConstructor(MethodAttributes.Public);
            type.CreateType();
        })).GetType("Gone")!;
        return LoadAlone(Written("HalfDeployed", module =>
        {
            TypeBuilder type = module.DefineType("HalfDeployed", TypeAttributes.Public);
            Define(type, "WithAttribute", [], (gone, []), (typeof(JobAttribute), [Prefix + "attribute"]));
            Define(type, "WithParameter", [gone], (typeof(JobAttribute), [Prefix + "parameter"]), (typeof(CronAttribute), ["* * * * *"]));
            Define(type, "WithoutName", [], (typeof(JobAttribute), [" "]));
            Define(type, "Overloaded", [gone]);
            Define(type, "Overloaded", [typeof(int)]);
            Define(type, "Whole", [], (typeof(JobAttribute), [Prefix + "whole"]));
            type.CreateType();
        }));
    }

    private static byte[] Written(string name, Action<ModuleBuilder> define)
    {
        var assembly = new PersistedAssemblyBuilder(new AssemblyName(name), typeof(object).Assembly);
        define(assembly.DefineDynamicModule(name));
        using var stream = new MemoryStream();
        assembly.Save(stream);
        return stream.ToArray();
    }

    private static void Define(TypeBuilder type, string name, Type[] parameters, params (Type Type, object[] Arguments)[] attributes)
    {
        MethodBuilder method = type.DefineMethod(name, MethodAttributes.Public | MethodAttributes.Static, typeof(void), parameters);
        method.GetILGenerator().Emit(OpCodes.Ret);
        foreach ((Type attribute, object[] arguments) in attributes)
            method.SetCustomAttribute(new CustomAttributeBuilder(attribute.GetConstructor(Array.ConvertAll(arguments, argument => argument.GetType()))!, arguments));
    }

    // In a context of its own, where the one does not find the other.
    private static Assembly LoadAlone(byte[] assembly) => new AssemblyLoadContext(null).LoadFromStream(new MemoryStream(assembly));
}
