using System.Linq.Expressions;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace RQ.Functions;

/// <summary>Reads the method and the arguments out of an enqueue lambda.</summary>
internal static class CallExpression
{
    public static JobCall Read(LambdaExpression lambda)
    {
        ArgumentNullException.ThrowIfNull(lambda);
        MethodCallExpression call = CallOf(lambda);
        var method = CalledMethod.Of(call.Method, call.Object?.Type);
        // A stub's object is not needed either.
        if (!method.IsStub)
            CheckTarget(call, lambda);

        var arguments = new CallArguments(method);
        for (int i = 0; i < method.Parameters.Length; i++)
        {
            CalledParameter parameter = method.Parameters[i];
            if (parameter.Place != ArgumentPlace.Nowhere)
                arguments.Add(parameter, Evaluate(call.Arguments[i], method, parameter));
        }

        return JobCall.To(method, arguments);
    }

    /// <summary>The queue that the method's attribute names; <c>null</c> for none. Evaluates nothing.</summary>
    public static string? QueueOf(LambdaExpression lambda)
    {
        ArgumentNullException.ThrowIfNull(lambda);
        return JobMethod.AttributeOf(CallOf(lambda).Method)?.Queue;
    }

    private static MethodCallExpression CallOf(LambdaExpression lambda)
    {
        Expression body = lambda.Body;
        while (body is UnaryExpression { NodeType: ExpressionType.Convert or ExpressionType.ConvertChecked } conversion)
            body = conversion.Operand;
        return body as MethodCallExpression
            ?? throw new ArgumentException($"A job is one method call, such as () => Words.CountAtUrl(url); '{lambda}' is something else.", nameof(lambda));
    }

    private static void CheckTarget(MethodCallExpression call, LambdaExpression lambda)
    {
        if (call.Object is null)
        {
            if (call.Method.IsDefined(typeof(ExtensionAttribute), inherit: false) && lambda.Parameters.Contains(call.Arguments[0]))
                throw new ArgumentException($"'{JobMethod.NameOf(call.Method)}' is an extension method of the lambda's parameter. Call it on a value, or enqueue an instance method.");
            return;
        }

        // The object itself is not stored: the worker makes one of the same type.
        if (call.Object is ParameterExpression parameter && lambda.Parameters.Contains(parameter))
            return;
        if (call.Object is NewExpression { Arguments.Count: 0 })
            return;
        throw new ArgumentException(
            $"'{JobMethod.NameOf(call.Method)}' is called on an object of this process, which a worker does not have. " +
            $"Write ({call.Object.Type.Name} x) => x.{call.Method.Name}(…): the worker makes the object, from its service provider if it has one.");
    }

    private static object? Evaluate(Expression argument, CalledMethod method, CalledParameter parameter)
    {
        object? value = argument switch
        {
            ConstantExpression constant => constant.Value,
            MemberExpression { Member: FieldInfo field, Expression: ConstantExpression closure } => field.GetValue(closure.Value),
            _ => Compute(argument, method, parameter),
        };
        return value is Delegate or Expression
            ? throw new ArgumentException($"The argument '{parameter.Name}' of '{method.Name}' is code, which cannot be stored. Pass data.")
            : value;
    }

    private static object? Compute(Expression argument, CalledMethod method, CalledParameter parameter)
    {
        try
        {
            UnaryExpression boxed = Expression.Convert(argument, typeof(object));
            return Expression.Lambda<Func<object?>>(boxed).Compile(preferInterpretation: true)();
        }
        catch (Exception exception) when (exception is InvalidOperationException or NotSupportedException)
        {
            throw new ArgumentException(
                $"The argument '{parameter.Name}' of '{method.Name}' cannot be evaluated before the job runs: {exception.Message}", exception);
        }
    }
}
