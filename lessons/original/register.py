def Register(request):
    if request.method == 'POST':
        username = request.POST.get('username')
        pwd = request.POST.get('pwd')
        member = Member.objects.filter(username = username, password = pwd)
        if username and pwd and not member:
            m = Member(username=username, password=pwd)
            m.save()
            return redirect(reverse('online:login'))
        else:
            return render(request, 'online/register.html')
    return render(request, 'online/register.html')
